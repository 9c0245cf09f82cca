import type { Logger } from 'pino';
import { auditTrail } from './actors/audit.ts';
import { systemClock } from './actors/clock.ts';
import { trustRoot } from './actors/socket/trust.ts';
import { assemble } from './actors/troupe.ts';
import { type Config, isThisMachine } from './config.ts';
import { type App, createApp } from './http/app.ts';
import { authenticator } from './http/authenticator.ts';
import { loginTokens } from './http/login/login-tokens.ts';
import { metricsApp } from './http/metrics-app.ts';
import { type MetricsPage, metricsPage, metricsPath } from './http/metrics-page.ts';
import { type HttpServer, startServer } from './http/server.ts';
import { openPrometheus, type Prometheus } from './metrics/prometheus.ts';
import { apiKeys as apiKeysOf } from './store/api-keys.ts';
import { CachingStore } from './store/caching-store.ts';
import type { Key, Store } from './store/contract.ts';
import { lockDirectory } from './store/directory-lock.ts';
import { gatewaySecrets } from './store/gateway-secrets.ts';
import type { GatewayStore } from './store/gateway-store.ts';
import type { StoreHealth } from './store/health.ts';
import { meteredStore } from './store/metered-store.ts';
import { openStore } from './store/open.ts';
import { keyFileIn } from './store/seal/key-file.ts';
import { tickets } from './store/tickets.ts';

/** How long running requests may take once the gateway ends; sessions take up to 16 s of it to finish and close. */
const requestDrainMs = 18_000;

/** How long a reader of the metrics may take then. */
const metricsDrainMs = 1_000;

/** A running gateway. */
export interface Gateway {
  /** Where it listens, with the real port. */
  readonly url: string;
  /** Where the metrics can be read; null when they cannot. */
  readonly metricsUrl: string | null;
  /**
   * Drains: takes no new sends, awaits the ones in flight, closes sockets, server and store. Takes up to 25 s.
   * The same promise however often it is called. Rejects, when all of that is done, if something that WhatsApp told
   * could not be stored.
   */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Epoch milliseconds. */
  now?: () => number;
  /** How long `close` still answers requests, so that none on its way is cut off; 0 unless given. */
  noticeMs?: number;
}

/** Puts the gateway together and starts it. Rejects when the data directory is taken or the port is. */
export async function startGateway(config: Config, logger: Logger, options: GatewayOptions = {}): Promise<Gateway> {
  const { now = Date.now, noticeMs = 0 } = options;
  // A data directory has one gateway; a Redis may have many.
  const lock = config.redis === undefined ? lockDirectory(config.dataDir) : noLock;
  const prometheus = config.metrics === undefined ? null : openPrometheus();
  try {
    const store = await openWith(config, { logger, now, prometheus });
    try {
      return await serve({ config, logger, now, noticeMs, store, prometheus, lock });
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    prometheus?.[Symbol.dispose]();
    lock[Symbol.dispose]();
    throw error;
  }
}

const noLock: Disposable = { [Symbol.dispose]: () => undefined };

async function openWith(
  config: Config,
  { logger, now, prometheus }: Pick<Parts, 'logger' | 'now' | 'prometheus'>,
): Promise<GatewayStore> {
  const onDamaged = (key: Key) => logger.error({ key }, 'a stored value is damaged and cannot be opened');
  const onRemains = (sentence: string) => logger.error(sentence);
  const onWarning = (sentence: string) => logger.warn(sentence);
  const metered =
    prometheus === null
      ? {}
      : { metered: (engine: Store) => meteredStore(engine, prometheus.metrics, () => performance.now()) };
  const store = await openStore(config, { as: 'owner', onDamaged, onRemains, onWarning, now, ...metered });
  // The lock of the data directory says that nobody else writes.
  return config.redis === undefined ? new CachingStore(store, { now }) : store;
}

interface Parts extends Required<GatewayOptions> {
  config: Config;
  logger: Logger;
  store: GatewayStore;
  /** Null when nobody is to read the metrics: then there are none. */
  prometheus: Prometheus | null;
  lock: Disposable;
}

async function serve({ config, logger, now, noticeMs, store, prometheus, lock }: Parts): Promise<Gateway> {
  warnOfSettings(config, logger);
  tellOfStore(store.health, logger);
  if (config.whatsappRootKey !== undefined) trustRoot(config.whatsappRootKey);
  const { sendTimeoutMs, idempotencyStrict, whatsappUrl, nodeId } = config;
  const whatsapp = whatsappUrl === undefined ? {} : { whatsappUrl };
  const nodes = config.redis === undefined ? 'one' : 'many';
  const secrets = await gatewaySecrets(store);
  const audit = auditTrail(logger, secrets.logKey);
  const troupe = assemble({
    ...{ store, logger, audit, now, nodeId, nodes, sendTimeoutMs, idempotencyStrict },
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    maxSessionsPerOrganization: config.maxSessionsPerOrganization,
    ...whatsapp,
  });
  prometheus?.watch({ ...troupe.figures, storeWorks: () => store.health.state === 'working', now });
  const page = prometheus === null ? null : metricsPage(prometheus, config.metrics?.token ?? null);
  let phase: 'starting' | 'running' | 'draining' = 'starting';
  const apiKeys = apiKeysOf({ store, now, pepper: secrets.apiKeyPepper });
  const logins =
    config.logins === undefined ? null : loginTokens(config.logins, { logger, now, delay: systemClock(now).after });
  const app = createApp({
    ...troupe,
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    metricsPage: config.metrics?.port === undefined ? page : null,
    tickets: tickets(store, now),
    apiKeys,
    audit,
    authenticator: authenticator({ apiKeys, logins, now }),
    logger,
    now,
    requestsPerSecond: config.requestsPerSecond,
    corsOrigins: config.corsOrigins,
    readiness: () => ({
      ready: phase === 'running' && store.health.state === 'working',
      details: { phase, store: store.health.state },
    }),
  });
  const ownServer = await startMetricsServer(config, page, logger);
  const server = await startApiServer(config, app, noticeMs).catch(async (error: unknown) => {
    await ownServer?.close();
    throw error;
  });
  await troupe.restore();
  phase = 'running';

  const drain = async (): Promise<void> => {
    phase = 'draining';
    const serverClosed = server.close();
    try {
      await troupe.drain();
    } finally {
      await serverClosed;
      await troupe.end();
      await ownServer?.close();
      logins?.[Symbol.dispose]();
      prometheus?.[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
      lock[Symbol.dispose]();
    }
  };
  let closed: Promise<void> | undefined;
  return {
    url: server.url,
    metricsUrl: page === null ? null : `${(ownServer ?? server).url}${metricsPath}`,
    close: () => {
      closed ??= drain();
      return closed;
    },
  };
}

function startApiServer({ host, port }: Config, app: App, noticeMs: number): Promise<HttpServer> {
  return startServer({ app, host, port, noticeMs, closeTimeoutMs: requestDrainMs });
}

/** The metrics on a port of their own; null when they have none. Rejects when it is taken. */
async function startMetricsServer(
  { host, metrics }: Config,
  page: MetricsPage | null,
  logger: Logger,
): Promise<HttpServer | null> {
  if (page === null || metrics?.port === undefined) return null;
  const app = metricsApp(page, logger);
  return startServer({ app, host, port: metrics.port, closeTimeoutMs: metricsDrainMs });
}

function tellOfStore(store: StoreHealth, logger: Logger): void {
  store.onChange((state, cause) => {
    if (state === 'working') logger.info('the store can be written again; sessions come back by themselves');
    else
      logger.error({ reason: systemReason(cause) }, 'the store cannot be written; sessions are offline until it can');
  });
}

/** SQLite's own words for the code of an error; they name nothing that is stored. */
function systemReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'unknown';
  // Redis begins its words with a code, such as OOM; what follows may hold names of ours.
  return 'errstr' in cause ? String(cause.errstr) : (/^[A-Z]{2,}/.exec(cause.message)?.[0] ?? 'unknown');
}

function warnOfSettings({ whatsappUrl, masterKey, dataDir, logins, metrics, host }: Config, logger: Logger): void {
  if (masterKey === undefined) logger.info({ file: keyFileIn(dataDir) }, 'the master key of the store is in this file');
  if (whatsappUrl !== undefined) logger.warn('WHATSAPP_URL is set: talking to a simulator, not to WhatsApp');
  if (metrics?.port !== undefined && metrics.token === undefined && !isThisMachine(host)) {
    logger.warn('METRICS_TOKEN is not set: whoever can reach METRICS_PORT can read the metrics');
  }
  if (logins !== undefined && (logins.issuer === undefined || logins.audience === undefined)) {
    logger.warn('JWT_ISSUER and JWT_AUDIENCE are not both set: a token that was minted for something else may log in');
  }
}
