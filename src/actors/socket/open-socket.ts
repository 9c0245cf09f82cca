import { type AuthenticationState, Browsers, makeWASocket, proto, type WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { fromBase64 } from './content.ts';
import type { GroupCache } from './group-cache.ts';
import { libraryLogger } from './library-logger.ts';

/** A pause without any frame of this and 5 s more ends the connection. */
const keepAliveIntervalMs = 25_000;

const queryTimeoutMs = 15_000;

export interface OpenOptions {
  auth: AuthenticationState;
  /** Another server than WhatsApp's own. */
  url: string | undefined;
  logger: Logger;
  groups: GroupCache;
  /** A message of this session's by its id, in base64; null when it is not kept. */
  findMessage: (id: string) => Promise<string | null>;
}

/** A Baileys socket with our settings; it dials at once. */
export function openSocket({ auth, url, logger, groups, findMessage }: OpenOptions): WASocket {
  return makeWASocket({
    auth,
    logger: libraryLogger(logger),
    browser: Browsers.ubuntu('Chrome'),
    ...(url !== undefined && { waWebSocketUrl: url }),
    defaultQueryTimeoutMs: queryTimeoutMs,
    keepAliveIntervalMs,
    emitOwnEvents: false,
    markOnlineOnConnect: false,
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    cachedGroupMetadata: (jid) => groups.get(jid),
    getMessage: async ({ id }) => {
      const encoded = id == null ? null : await findMessage(id);
      return encoded === null ? undefined : proto.Message.decode(fromBase64(encoded));
    },
    transactionOpts: { maxCommitRetries: 2, delayBetweenTriesMs: 100 },
  });
}
