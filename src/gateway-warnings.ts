import type { Logger } from 'pino';
import { type Config, isThisMachine } from './config.ts';
import type { Key } from './store/contract.ts';
import { keyFileIn } from './store/encryption/key-file.ts';
import type { StoreHealth } from './store/gateway-store.ts';
import type { Fault } from './store/unreadable-value.ts';

/** Logs when the store stops working, and when it works again. */
export function logStoreHealth(store: StoreHealth, logger: Logger): void {
  store.onChange((state, cause) => {
    if (state === 'working') logger.info('the store can be written again; sessions come back by themselves');
    else
      logger.error({ reason: systemReason(cause) }, 'the store cannot be written; sessions are offline until it can');
  });
}

/** Logs each stored value that cannot be read, by its key. */
export function logUnreadable(logger: Logger): (key: Key, fault: Fault) => void {
  return (key, fault) => {
    if (fault === 'damaged') logger.error({ key }, 'a stored value is damaged and cannot be opened');
    else logger.error({ key }, 'a stored value has a form that this release does not know');
  };
}

/** SQLite's own words for the code of an error; they name nothing that is stored. */
function systemReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'unknown';
  // Redis begins its words with a code, such as OOM; what follows may hold names of ours.
  return 'errstr' in cause ? String(cause.errstr) : (/^[A-Z]{2,}/.exec(cause.message)?.[0] ?? 'unknown');
}

/** Logs what is allowed, but has to be meant. */
export function logSettingWarnings(
  { whatsappUrl, masterKey, dataDir, logins, metrics, host }: Config,
  logger: Logger,
): void {
  if (masterKey === undefined) logger.info({ file: keyFileIn(dataDir) }, 'the master key of the store is in this file');
  if (whatsappUrl !== undefined) logger.warn('WHATSAPP_URL is set: talking to a simulator, not to WhatsApp');
  if (metrics?.port !== undefined && metrics.token === undefined && !isThisMachine(host)) {
    logger.warn('METRICS_TOKEN is not set: whoever can reach METRICS_PORT can read the metrics');
  }
  if (logins !== undefined && (logins.issuer === undefined || logins.audience === undefined)) {
    logger.warn('JWT_ISSUER and JWT_AUDIENCE are not both set: a token that was minted for something else may log in');
  }
}
