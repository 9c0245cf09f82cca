import type { Logger } from 'pino';
import { type ActorSystem, createActorSystem } from './actors/actor-system.ts';
import { type AuditLog, createAuditLog } from './actors/audit-log.ts';
import { trustRoot } from './actors/socket/root-certificate.ts';
import type { Config } from './config.ts';
import { systemClock } from './domain/clock.ts';
import type { LoginSettings } from './domain/login.ts';
import { logSettingWarnings, logStoreHealth, logUnreadable } from './gateway-warnings.ts';
import { type App, createApp } from './http/app.ts';
import { authenticator } from './http/auth/authenticator.ts';
import type { JwtVerifier } from './http/auth/jwt/jwt-verifier.ts';
import { metricsApp } from './http/metrics/metrics-app.ts';
import { type MetricsEndpoint, metricsEndpoint, metricsPath } from './http/metrics/metrics-endpoint.ts';
import { type HttpServer, startServer } from './http/server.ts';
import type { Prometheus } from './metrics/prometheus.ts';
import type { Store } from './store/contract.ts';
import { lockDirectory } from './store/files/directory-lock.ts';
import type { GatewayStore } from './store/gateway-store.ts';
import { CachingStore } from './store/layers/caching-store.ts';
import { instrumentedStore } from './store/layers/instrumented-store.ts';
import { openStore } from './store/open-store.ts';
import { apiKeys as apiKeysOf } from './store/records/api-keys/api-keys.ts';
import { type GatewaySecrets, gatewaySecrets } from './store/records/gateway-secrets.ts';
import { tickets } from './store/records/tickets.ts';

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
  /** Interrupts the start; once that is complete it has no effect. */
  signal?: AbortSignal;
}

/**
 * Puts the gateway together and starts it. Rejects when the data directory is taken or a port is, when the store cannot
 * be used, and with the reason of the signal once it aborts. Everything that was begun is closed by then; if that fails,
 * too, it rejects with a `SuppressedError`, in which the reason of the failed start is the `suppressed` one.
 */
export async function startGateway(config: Config, logger: Logger, options: GatewayOptions = {}): Promise<Gateway> {
  await using begun = new AsyncDisposableStack();
  const { now = Date.now, noticeMs = 0, signal = new AbortController().signal } = options;
  const parts = await openParts(begun, { config, logger, now, noticeMs, signal });
  const { troupe, urls, lifecycle } = await serve(begun, parts);
  await troupe.restore(signal);
  lifecycle.phase = 'running';
  const running = begun.move();
  let closed: Promise<void> | undefined;
  return {
    ...urls,
    close: () => {
      closed ??= running.disposeAsync();
      return closed;
    },
  };
}

interface Basics extends Required<GatewayOptions> {
  config: Config;
  logger: Logger;
}

/** What the rest of the gateway is made from. */
interface Parts extends Basics {
  store: GatewayStore;
  secrets: GatewaySecrets;
  /** Null when nobody is to read the metrics: then there are none. */
  prometheus: Prometheus | null;
  /** Null when people cannot log in. */
  logins: JwtVerifier | null;
}

async function openParts(begun: AsyncDisposableStack, basics: Basics): Promise<Parts> {
  const { config, logger, signal } = basics;
  signal.throwIfAborted();
  // A data directory has one gateway; a Redis may have many.
  if (config.redis === undefined) begun.use(lockDirectory(config.dataDir));
  const prometheus = config.metrics === undefined ? null : begun.use(await loadPrometheus());
  const store = begun.use(await openWith(basics, prometheus));
  logSettingWarnings(config, logger);
  logStoreHealth(store.health, logger);
  const secrets = await gatewaySecrets(store);
  signal.throwIfAborted();
  const logins = config.logins === undefined ? null : begun.use(await loadVerifier(config.logins, basics));
  return { ...basics, store, secrets, prometheus, logins };
}

/** Loaded only where there are metrics, which spares the start of a gateway without them. */
async function loadPrometheus(): Promise<Prometheus> {
  const { openPrometheus } = await import('./metrics/prometheus.ts');
  return openPrometheus();
}

/** Loaded only where people log in. */
async function loadVerifier(logins: LoginSettings, { logger, now }: Basics): Promise<JwtVerifier> {
  const { createJwtVerifier } = await import('./http/auth/jwt/jwt-verifier.ts');
  return createJwtVerifier(logins, { logger, now, delay: systemClock(now).after });
}

async function openWith({ config, logger, now, signal }: Basics, prometheus: Prometheus | null): Promise<GatewayStore> {
  const onUnreadable = logUnreadable(logger);
  const onRemains = (sentence: string) => logger.error(sentence);
  const onWarning = (sentence: string) => logger.warn(sentence);
  const metered =
    prometheus === null
      ? {}
      : { metered: (engine: Store) => instrumentedStore(engine, prometheus.metrics, () => performance.now()) };
  const store = await openStore(config, { as: 'owner', onUnreadable, onRemains, onWarning, now, signal, ...metered });
  // The lock of the data directory says that nobody else writes.
  return config.redis === undefined ? new CachingStore(store, { now }) : store;
}

/** How far the gateway is; the API is ready while it runs. */
interface Lifecycle {
  phase: 'starting' | 'running' | 'draining';
}

/** Starts the servers; no session runs yet. */
async function serve(begun: AsyncDisposableStack, parts: Parts) {
  const { config, prometheus } = parts;
  const lifecycle: Lifecycle = { phase: 'starting' };
  const page = prometheus === null ? null : metricsEndpoint(prometheus, config.metrics?.token ?? null);
  const metricsServer = await startMetricsServer(parts, page);
  if (metricsServer !== null) begun.defer(() => metricsServer.close());
  const audit = createAuditLog(parts.logger, parts.secrets.logKey);
  const troupe = assembleTroupe(parts, audit);
  let apiServer: HttpServer | null = null;
  begun.defer(() => {
    const wasRunning = lifecycle.phase === 'running';
    lifecycle.phase = 'draining';
    return drain(troupe, apiServer?.close(wasRunning ? 'given' : 'none'));
  });
  const app = appOf(parts, { troupe, audit, lifecycle, page: config.metrics?.port === undefined ? page : null });
  apiServer = await startApiServer(parts, app);
  const metricsUrl = page === null ? null : `${(metricsServer ?? apiServer).url}${metricsPath}`;
  return { troupe, lifecycle, urls: { url: apiServer.url, metricsUrl } };
}

function assembleTroupe({ config, store, logger, now, prometheus }: Parts, audit: AuditLog): ActorSystem {
  const { sendTimeoutMs, idempotencyStrict, whatsappUrl, whatsappRootKey, nodeId, redis } = config;
  if (whatsappRootKey !== undefined) trustRoot(whatsappRootKey);
  const troupe = createActorSystem({
    store,
    logger,
    audit,
    now,
    nodeId,
    nodes: redis === undefined ? 'one' : 'many',
    sendTimeoutMs,
    idempotencyStrict,
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    maxSessionsPerOrganization: config.maxSessionsPerOrganization,
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  });
  prometheus?.watch({ ...troupe.figures, storeWorks: () => store.health.state === 'working', now });
  return troupe;
}

interface Served {
  troupe: ActorSystem;
  audit: AuditLog;
  lifecycle: Lifecycle;
  /** Null unless the metrics are read at the port of the API. */
  page: MetricsEndpoint | null;
}

function appOf(parts: Parts, { troupe, audit, lifecycle, page }: Served): App {
  const { config, logger, now, store, secrets, prometheus, logins } = parts;
  const apiKeys = apiKeysOf({ store, now, pepper: secrets.apiKeyPepper });
  return createApp({
    ...troupe,
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    metricsPage: page,
    tickets: tickets(store, now),
    apiKeys,
    audit,
    authenticator: authenticator({ apiKeys, logins, now }),
    logger,
    now,
    requestsPerSecond: config.requestsPerSecond,
    corsOrigins: config.corsOrigins,
    readiness: () => ({
      ready: lifecycle.phase === 'running' && store.health.state === 'working',
      details: { phase: lifecycle.phase, store: store.health.state },
    }),
  });
}

/** @param serverClosed resolves when nobody asks any more; the API answers while the sessions end */
async function drain(troupe: ActorSystem, serverClosed: Promise<void> | undefined): Promise<void> {
  try {
    await troupe.drain();
  } finally {
    await serverClosed;
    await troupe.end();
  }
}

function startApiServer({ config, noticeMs, signal }: Parts, app: App): Promise<HttpServer> {
  const { host, port } = config;
  return startServer({ app, host, port, noticeMs, closeTimeoutMs: requestDrainMs, signal });
}

/** The metrics on a port of their own; null when they have none. Rejects when it is taken. */
async function startMetricsServer(
  { config: { host, metrics }, logger, signal }: Parts,
  page: MetricsEndpoint | null,
): Promise<HttpServer | null> {
  if (page === null || metrics?.port === undefined) return null;
  const app = metricsApp(page, logger);
  return startServer({ app, host, port: metrics.port, closeTimeoutMs: metricsDrainMs, signal });
}
