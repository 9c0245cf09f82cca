import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import { isMeantToBeOnline } from '../domain/session.ts';
import type { GatewayStore } from '../store/gateway-store.ts';
import { journaledMessages } from '../store/records/messages/inbound-journal.ts';
import type { InboundMessages } from '../store/records/messages/inbound-messages.ts';
import { messages as messagesOf } from '../store/records/messages/messages.ts';
import type { Outbox } from '../store/records/outbox/outbox.ts';
import type { Credentials } from '../store/records/sessions/credentials.ts';
import { sessions as sessionsOf } from '../store/records/sessions/sessions.ts';
import { messageLookup } from './inbound/message-lookup.ts';
import { baileysSocket } from './socket/actor.ts';
import { encodeMessage } from './socket/commands/compose-message.ts';

export interface CreateSocketOptions {
  store: GatewayStore;
  credentials: Credentials;
  outbox: Outbox;
  inbox: InboundMessages;
  metrics: Metrics;
  logger: Logger;
  clock: Clock;
  /** How long a send may take. */
  sendTimeoutMs: number;
  /** Epoch milliseconds. */
  now: () => number;
  /** Whether tokens and addresses are read from the history that a phone sends after linking. */
  readsHistory: boolean;
  /** URL of a simulator in place of WhatsApp's server. */
  whatsappUrl: string | undefined;
}

/** The socket actor of all sessions, on Baileys, with what it reads from the store. */
export function createSocket({ store, outbox, inbox, whatsappUrl, ...rest }: CreateSocketOptions) {
  const sessions = sessionsOf(store);
  const lookup = messageLookup({ messages: messagesOf(store), outbox, encode: encodeMessage, now: rest.now });
  return baileysSocket({
    isOnline: async (address) => isMeantToBeOnline(await sessions.find(address)),
    credentials: rest.credentials,
    findMessage: lookup.find,
    findForRetry: lookup.findForRetry,
    journaled: (address) => journaledMessages(store, address),
    forgetJournaled: inbox.forgetJournaled,
    sendTimeoutMs: rest.sendTimeoutMs,
    metrics: rest.metrics,
    logger: rest.logger,
    now: rest.now,
    clock: rest.clock,
    readsHistory: rest.readsHistory,
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  });
}
