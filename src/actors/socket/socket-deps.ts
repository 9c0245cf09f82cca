import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Credentials } from '../../store/records/credentials.ts';

export interface SocketDeps {
  credentials: Credentials;
  /** A message that a session sent or received, in base64; null when it is not kept. */
  findMessage: (address: SessionAddress, id: string) => Promise<string | null>;
  /** The same for a device that asks for the message again; null also when it is too old for that. */
  findForRetry: (address: SessionAddress, id: string) => Promise<string | null>;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  metrics: Pick<Metrics, 'decryptFailure' | 'retryReceipt'>;
  /** For watching that an open connection lives. */
  clock: Clock;
  /** Another server than WhatsApp's own, for a simulator. */
  whatsappUrl?: string;
}
