import type { Logger } from 'pino';
import { type ActorSystem, createActorSystem } from './actors/actor-system.ts';
import { type AuditLog, createAuditLog } from './actors/audit-log.ts';
import { trustRoot } from './actors/socket/transport/root-certificate.ts';
import type { Config } from './config.ts';
import { systemClock } from './domain/clock.ts';
import type { LoginSettings } from './domain/login.ts';
import { logSettingWarnings, logStoreHealth, logUnreadable } from './gateway-warnings.ts';
import { createApp } from './http/app.ts';
import { authenticator } from './http/auth/authenticator.ts';
import type { JwtVerifier } from './http/auth/jwt/jwt-verifier.ts';
import type { App } from './http/context.ts';
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

/** How long running requests may take while the gateway closes; sessions need up to 16 s of it to finish and close. */
const requestDrainMs = 18_000;

/** The same for requests of the metrics. */
const metricsDrainMs = 1_000;

/** A running gateway. */
export interface Gateway {
  /** The URL of the API, with the port that it listens on. */
  readonly url: string;
  /** The URL of the metrics; null when they are off. */
  readonly metricsUrl: string | null;
  /**
   * Drains: accepts no new sends, waits for those in flight, closes sockets, server and store. Takes up to 25 s. Yields
   * the same promise however often it is called. Rejects at the end if something that WhatsApp delivered could not be
   * stored.
   */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Epoch milliseconds. */
  now?: () => number;
  /** How long `close` still accepts requests, so that none in transit is refused; 0 unless given. */
  noticeMs?: number;
  /** Interrupts the start; has no effect once that is complete. */
  signal?: AbortSignal;
}

/**
 * Starts a gateway. Rejects when the data directory or a port is in use, when the store cannot be used, and with the
 * reason of the signal once it aborts. Everything that was opened is closed by then; if closing fails, too, it rejects
 * with a `SuppressedError`, in which the reason of the failed start is the `suppressed` one.
 */
export async function startGateway(config: Config, logger: Logger, options: GatewayOptions = {}): Promise<Gateway> {
  await using resources = new AsyncDisposableStack();
  const { now = Date.now, noticeMs = 0, signal = new AbortController().signal } = options;
  const basics = { config, logger, now, noticeMs, signal };
  const parts = await openParts(resources, basics);
  const { actorSystem, urls, lifecycle } = await startServers(resources, basics, parts);
  await actorSystem.restore(signal);
  lifecycle.phase = 'running';
  const running = resources.move();
  let closed: Promise<void> | undefined;
  return {
    url: urls.api,
    metricsUrl: urls.metrics,
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

/** What is opened before the servers start. */
interface Parts {
  store: GatewayStore;
  secrets: GatewaySecrets;
  /** Null when the metrics are off. */
  prometheus: Prometheus | null;
  /** Null when people cannot log in. */
  logins: JwtVerifier | null;
}

async function openParts(resources: AsyncDisposableStack, basics: Basics): Promise<Parts> {
  const { config, logger, signal } = basics;
  signal.throwIfAborted();
  // A data directory has one gateway; a Redis may have many.
  if (config.redis === undefined) resources.use(lockDirectory(config.dataDir));
  const prometheus = config.metrics === undefined ? null : resources.use(await loadPrometheus());
  const store = resources.use(await openGatewayStore(basics, prometheus));
  logSettingWarnings(config, logger);
  logStoreHealth(store.health, logger);
  const secrets = await gatewaySecrets(store);
  signal.throwIfAborted();
  const logins = config.logins === undefined ? null : resources.use(await loadVerifier(config.logins, basics));
  return { store, secrets, prometheus, logins };
}

/** Loaded only where there are metrics: a gateway without them starts faster. */
async function loadPrometheus(): Promise<Prometheus> {
  const { openPrometheus } = await import('./metrics/prometheus.ts');
  return openPrometheus();
}

/** Loaded only where people log in. */
async function loadVerifier(logins: LoginSettings, { logger, now }: Basics): Promise<JwtVerifier> {
  const { createJwtVerifier } = await import('./http/auth/jwt/jwt-verifier.ts');
  return createJwtVerifier(logins, { logger, now, delay: systemClock(now).after });
}

async function openGatewayStore(
  { config, logger, now, signal }: Basics,
  prometheus: Prometheus | null,
): Promise<GatewayStore> {
  const store = await openStore(config, {
    as: 'owner',
    onUnreadable: logUnreadable(logger),
    onRemains: (sentence) => logger.error(sentence),
    onWarning: (sentence) => logger.warn(sentence),
    now,
    signal,
    ...(prometheus !== null && {
      metered: (engine: Store) => instrumentedStore(engine, prometheus.metrics, () => performance.now()),
    }),
  });
  // The lock of the data directory ensures that this process is the only writer.
  return config.redis === undefined ? new CachingStore(store, { now }) : store;
}

/** The phase of the gateway; the API is ready while it runs. */
interface Lifecycle {
  phase: 'starting' | 'running' | 'draining';
}

/** Starts the servers; no session runs yet. */
async function startServers(resources: AsyncDisposableStack, basics: Basics, parts: Parts) {
  const { config, logger } = basics;
  const { prometheus, secrets } = parts;
  const lifecycle: Lifecycle = { phase: 'starting' };
  const endpoint = prometheus === null ? null : metricsEndpoint(prometheus, config.metrics?.token ?? null);
  const metricsServer = await startMetricsServer(basics, endpoint);
  if (metricsServer !== null) resources.defer(() => metricsServer.close());
  const audit = createAuditLog(logger, secrets.logKey);
  const actorSystem = startActorSystem(basics, parts, audit);
  let apiServer: HttpServer | null = null;
  resources.defer(() => {
    const wasRunning = lifecycle.phase === 'running';
    lifecycle.phase = 'draining';
    return drain(actorSystem, apiServer?.close(wasRunning ? 'given' : 'none'));
  });
  const onApiPort = metricsServer === null ? endpoint : null;
  const app = createApi(basics, parts, { actorSystem, audit, lifecycle, endpoint: onApiPort });
  apiServer = await startApiServer(basics, app);
  const metricsUrl = endpoint === null ? null : `${(metricsServer ?? apiServer).url}${metricsPath}`;
  return { actorSystem, lifecycle, urls: { api: apiServer.url, metrics: metricsUrl } };
}

function startActorSystem({ config, logger, now }: Basics, { store, prometheus }: Parts, audit: AuditLog): ActorSystem {
  const { whatsappUrl, whatsappRootKey } = config;
  if (whatsappRootKey !== undefined) trustRoot(whatsappRootKey);
  const actorSystem = createActorSystem({
    store,
    logger,
    audit,
    now,
    nodeId: config.nodeId,
    nodes: config.redis === undefined ? 'one' : 'many',
    sendTimeoutMs: config.sendTimeoutMs,
    idempotencyStrict: config.idempotencyStrict,
    maxSessionsPerOrganization: config.maxSessionsPerOrganization,
    readsHistory: config.readsHistory,
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  });
  prometheus?.watch({ stats: actorSystem.stats, storeWorks: () => store.health.state === 'working', now });
  return actorSystem;
}

interface ApiDeps {
  actorSystem: ActorSystem;
  audit: AuditLog;
  lifecycle: Lifecycle;
  /** Null unless the metrics are served at the port of the API. */
  endpoint: MetricsEndpoint | null;
}

function createApi({ config, logger, now }: Basics, parts: Parts, deps: ApiDeps): App {
  const { store, secrets, prometheus, logins } = parts;
  const { actorSystem, audit, lifecycle, endpoint } = deps;
  const apiKeys = apiKeysOf({ store, now, pepper: secrets.apiKeyPepper });
  return createApp({
    sessions: actorSystem.sessions,
    sends: actorSystem.sends,
    groups: actorSystem.groups,
    contacts: actorSystem.contacts,
    events: actorSystem.events,
    ...(prometheus !== null && { metrics: prometheus.metrics }),
    metricsEndpoint: endpoint,
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

/** @param serverClosed resolves when no request is left; the API answers while the sessions end */
async function drain(actorSystem: ActorSystem, serverClosed: Promise<void> | undefined): Promise<void> {
  try {
    await actorSystem.drain();
  } finally {
    await serverClosed;
    await actorSystem.end();
  }
}

function startApiServer({ config, noticeMs, signal }: Basics, app: App): Promise<HttpServer> {
  const { host, port } = config;
  return startServer({ app, host, port, lameDuckMs: noticeMs, closeTimeoutMs: requestDrainMs, signal });
}

/** The server of the metrics; null when they are off or share the port of the API. Rejects when its port is in use. */
async function startMetricsServer(
  { config: { host, metrics }, logger, signal }: Basics,
  endpoint: MetricsEndpoint | null,
): Promise<HttpServer | null> {
  if (endpoint === null || metrics?.port === undefined) return null;
  const app = metricsApp(endpoint, logger);
  return startServer({ app, host, port: metrics.port, closeTimeoutMs: metricsDrainMs, signal });
}
