import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Credentials } from '../../store/records/sessions/credentials.ts';

export interface SocketDeps {
  credentials: Credentials;
  /** A message that a session sent or received, in base64; null when it is not stored. */
  findMessage: (address: SessionAddress, id: string) => Promise<string | null>;
  /** The same for a device that requests the message again; null also when it is too old. */
  findForRetry: (address: SessionAddress, id: string) => Promise<string | null>;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  metrics: Pick<Metrics, 'decryptFailure' | 'retryReceipt'>;
  /** For the keep-alive of open connections. */
  clock: Clock;
  /** URL of a simulator in place of WhatsApp's server. */
  whatsappUrl?: string;
}
