import { Browsers, makeWASocket, type WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import type { GroupCache } from '../commands/group-cache.ts';
import { type RetryRequestDeps, RetryRequests } from '../commands/retry-requests.ts';
import type { SocketDevices } from '../devices/socket-devices.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import type { DecryptionJournal } from '../signal/decryption-journal.ts';
import { rememberNoLid } from '../signal/lid-look-ups.ts';
import { signalRepository } from '../signal/signal-sessions.ts';
import { baileysLogger } from './baileys-logger.ts';

/** Baileys ends the connection when no frame arrives for 5 s longer than this. */
const keepAliveIntervalMs = 25_000;

/** A query is given up well before the send that needs it, which can then be put off instead of being in doubt. */
const queryShare = 0.5;
const maxQueryMs = 15_000;

export interface OpenOptions {
  auth: StoredAuth;
  /** Another server than WhatsApp's own. */
  url: string | undefined;
  /** How long a send may take. */
  sendTimeoutMs: number;
  logger: Logger;
  groups: GroupCache;
  journal: DecryptionJournal;
  devices: SocketDevices;
  /** Announce the number as online after the login. */
  isOnline: boolean;
  /** A message that a device requests again; null when it is not stored or too old. */
  findForRetry: RetryRequestDeps['find'];
  /** Epoch milliseconds. */
  now: () => number;
}

/** Creates a Baileys socket with our settings; it dials at once. */
export function openSocket({
  auth,
  url,
  sendTimeoutMs,
  logger,
  groups,
  journal,
  devices,
  isOnline,
  findForRetry,
  now,
}: OpenOptions): WASocket {
  const retries = new RetryRequests({ find: findForRetry, devices, groups, logger });
  const socket = makeWASocket({
    auth: auth.state,
    makeSignalRepository: ({ creds }, log, lookUp) => {
      const lidsOf = lookUp && rememberNoLid(lookUp, now);
      return journal.journaling(devices.repository(signalRepository(creds, auth.signal, log, lidsOf), auth));
    },
    userDevicesCache: devices.fanOut.lists,
    logger: baileysLogger(logger),
    browser: Browsers.ubuntu('Chrome'),
    ...(url !== undefined && { waWebSocketUrl: url }),
    // With a timeout Baileys creates a timer, two stack traces and an error for every frame that it writes. The session
    // has its own deadlines for dialling and for acknowledgements.
    connectTimeoutMs: 0,
    defaultQueryTimeoutMs: Math.min(maxQueryMs, sendTimeoutMs * queryShare),
    keepAliveIntervalMs,
    emitOwnEvents: false,
    markOnlineOnConnect: isOnline,
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    cachedGroupMetadata: (jid) => groups.get(jid),
    msgRetryCounterCache: retries.counts,
    // A failed commit has closed the connection already.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  });
  retries.listen(socket);
  return socket;
}
