import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { JournaledMessage } from '../../store/records/messages/inbound-journal.ts';
import type { Credentials } from '../../store/records/sessions/credentials.ts';

/** A message that was sent, for a device that could not decrypt it. `proto` is the encoded message in base64. */
export interface SentMessage {
  chat: string;
  proto: string;
}

export interface SocketDeps {
  credentials: Credentials;
  /** A message that a session sent or received, in base64; null when it is not stored. */
  findMessage: (address: SessionAddress, id: string) => Promise<string | null>;
  /** Messages of a session that were decrypted and not recorded, oldest first; and how to drop one that needs no record. */
  journaled: (address: SessionAddress) => Promise<JournaledMessage[]>;
  forgetJournaled: (address: SessionAddress, name: string) => Promise<void>;
  /** What a session sent, for a device that requests it again; null also when it is too old. */
  findForRetry: (address: SessionAddress, id: string) => Promise<SentMessage | null>;
  /** Whether the settings of a session ask for a number that is online. */
  isOnline: (address: SessionAddress) => Promise<boolean>;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  metrics: Pick<Metrics, 'decryptFailure' | 'retryReceipt'>;
  /** How long a send may take. */
  sendTimeoutMs: number;
  /** For the keep-alive of open connections, and for typing indicators. */
  clock: Clock;
  /** Whether tokens and addresses are read from the history that a phone sends after linking. */
  readsHistory: boolean;
  /** URL of a simulator in place of WhatsApp's server. */
  whatsappUrl?: string;
}
