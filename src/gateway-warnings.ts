import type { Logger } from 'pino';
import { type Config, isThisMachine } from './config.ts';
import type { Key } from './store/contract.ts';
import { keyFileIn } from './store/encryption/key-file.ts';
import type { StoreHealth } from './store/gateway-store.ts';
import type { Fault } from './store/unreadable-value.ts';

/** Logs when the store fails and when it recovers. */
export function logStoreHealth(store: StoreHealth, logger: Logger): void {
  store.onChange((state, cause) => {
    if (state === 'working') logger.info('the store can be written again; sessions come back by themselves');
    else
      logger.error({ reason: systemReason(cause) }, 'the store cannot be written; sessions are offline until it can');
  });
}

/** Logs each unreadable value by its key. */
export function logUnreadable(logger: Logger): (key: Key, fault: Fault) => void {
  return (key, fault) => {
    if (fault === 'damaged') logger.error({ key }, 'a stored value is corrupt or cannot be decrypted');
    else logger.error({ key }, 'a stored value has a form that this release does not know');
  };
}

/** The engine's description of an error code, which contains no stored data. */
function systemReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'unknown';
  // A message of Redis begins with a code, such as OOM; the rest may contain our keys.
  return 'errstr' in cause ? String(cause.errstr) : (/^[A-Z]{2,}/.exec(cause.message)?.[0] ?? 'unknown');
}

/** Warns of settings that are valid but risky. */
export function logSettingWarnings(
  { whatsappUrl, masterKey, dataDir, logins, metrics, host }: Config,
  logger: Logger,
): void {
  if (masterKey === undefined) logger.info({ file: keyFileIn(dataDir) }, 'the master key of the store is in this file');
  if (whatsappUrl !== undefined) logger.warn('WHATSAPP_URL is set: talking to a simulator, not to WhatsApp');
  if (metrics?.port !== undefined && metrics.token === undefined && !isThisMachine(host)) {
    logger.warn('METRICS_TOKEN is not set: anyone who can reach METRICS_PORT can read the metrics');
  }
  if (logins !== undefined && (logins.issuer === undefined || logins.audience === undefined)) {
    logger.warn('JWT_ISSUER and JWT_AUDIENCE are not both set: tokens issued for another application may be accepted');
  }
}
