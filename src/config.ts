import { type KeyObject, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { OperatorError } from './domain/errors.ts';
import type { LoginSettings } from './domain/login.ts';
import { MasterKeySchema } from './domain/master-key.ts';

const whole = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

/** A man in the middle could log in as anyone by replacing the keys, so they are fetched over TLS or from loopback. */
const JwksUrlSchema = v.pipe(
  v.string(),
  v.url('must be a URL'),
  v.transform((text) => new URL(text)),
  v.check(
    ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname)),
    'must be an https: URL (http: is allowed for loopback only)',
  ),
  v.check(({ username, password }) => username === '' && password === '', 'must not contain a user name or password'),
);

/** Whether a host is a loopback address. */
export function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d+){3}$/.test(hostname);
}

/** Browsers compare origins character by character. */
const OriginsSchema = v.pipe(
  v.string(),
  v.transform((list) => (list === '' ? [] : list.split(',').map((origin) => origin.trim()))),
  v.check(
    (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins such as https://app.example.com, separated by commas',
  ),
);

const SettingsSchema = v.object({
  /** The address to listen on. */
  HOST: v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty')), '127.0.0.1'),
  /** The port to listen on; 0 lets the system choose. */
  PORT: v.optional(whole(0, 65_535), '8080'),
  /** A separate port for the metrics. */
  METRICS_PORT: v.optional(whole(0, 65_535)),
  /** The bearer token that reading the metrics requires. */
  METRICS_TOKEN: v.optional(
    v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')),
  ),
  /** The directory of the embedded store. */
  DATA_DIR: v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty')), './data'),
  /** The Redis that holds the store; without it the store is embedded. */
  REDIS_URL: v.optional(
    v.pipe(v.string(), v.url('must be a URL'), v.regex(/^rediss?:/, 'must begin with redis: or rediss:')),
  ),
  /** Replicas of that Redis that must confirm a write before it counts as stored. */
  REDIS_REPLICAS: v.optional(whole(0, 10), '0'),
  /** The name of this node in sessions and logs. */
  NODE_ID: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ -'),
    ),
  ),
  /** The key that encrypts the store; without it a key file in the data directory is used. */
  MASTER_KEY: v.optional(MasterKeySchema),
  LOG_LEVEL: v.optional(
    v.picklist(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be one of trace, debug, info, warn, error, fatal, silent',
    ),
    'info',
  ),
  /** How long a send waits for WhatsApp's acknowledgement. */
  SEND_TIMEOUT_MS: v.optional(whole(100, 600_000), '30000'),
  /** Answer 422 when an idempotency key is reused for a different request. */
  IDEMPOTENCY_STRICT: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false'),
  /** The published keys of the issuer of login tokens; without it there are only api keys. */
  JWKS_URL: v.optional(JwksUrlSchema),
  /** The issuer and the audience that a login token must name. */
  JWT_ISSUER: v.optional(v.string()),
  JWT_AUDIENCE: v.optional(v.string()),
  /** The claims of a login token that hold the organization and the role. */
  JWT_ORG_CLAIM: v.optional(v.string(), 'org'),
  JWT_ROLE_CLAIM: v.optional(v.string(), 'role'),
  /** Requests per second that one credential may make on average. */
  REQUESTS_PER_SECOND: v.optional(whole(1, 1_000_000), '5000'),
  /** Sessions that an organization may have; each that runs holds a connection and about 2 MiB of memory. */
  MAX_SESSIONS_PER_ORGANIZATION: v.optional(whole(1, 10_000), '1000'),
  /** Origins whose pages may call the API. */
  CORS_ORIGINS: v.optional(OriginsSchema, ''),
  /** Whether to read privacy tokens and addresses from the history that a phone sends after linking. */
  HISTORY: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'on'),
  /** A simulator in place of WhatsApp's servers. */
  WHATSAPP_URL: v.optional(
    v.pipe(v.string(), v.url('must be a URL'), v.regex(/^wss?:/, 'must begin with ws: or wss:')),
  ),
  /** The root of that server's certificates, as 64 hex digits. */
  WHATSAPP_ROOT_KEY: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits'))),
});

/** The names of all settings. */
export const settingNames: readonly string[] = Object.keys(SettingsSchema.entries);

/** Settings that have a meaning only together with another one. */
const dependentSettings = [
  { name: 'WHATSAPP_ROOT_KEY', needs: 'WHATSAPP_URL' },
  { name: 'JWT_ISSUER', needs: 'JWKS_URL' },
  { name: 'JWT_AUDIENCE', needs: 'JWKS_URL' },
] as const;

export interface Config {
  host: string;
  port: number;
  /** Absent: no metrics. Without a `port` they are served on the main one. */
  metrics?: { port?: number; token?: string };
  dataDir: string;
  /** The file of the embedded store, or the name of the Redis in a message. */
  storePath: string;
  /** Absent: the embedded store. */
  redis?: { url: string; replicas: number };
  /** The name of this node. */
  nodeId: string;
  /** The key that encrypts the store. Absent: a key file in the data directory. */
  masterKey?: KeyObject;
  logLevel: v.InferOutput<typeof SettingsSchema>['LOG_LEVEL'];
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  requestsPerSecond: number;
  maxSessionsPerOrganization: number;
  corsOrigins: readonly string[];
  /** How people log in. Absent: only api keys are accepted. */
  logins?: LoginSettings;
  readsHistory: boolean;
  whatsappUrl?: string;
  whatsappRootKey?: string;
}

/** Every invalid setting, one per line. */
export class ConfigError extends OperatorError {
  constructor(faults: readonly string[]) {
    super(`invalid settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the settings; an empty value counts as absent. Throws {@link ConfigError} with all faults at once. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(SettingsSchema, given);
  if (!parsed.success) {
    throw new ConfigError(parsed.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`));
  }
  const alone = dependentSettings.filter(({ name, needs }) => given[name] !== undefined && given[needs] === undefined);
  if (alone.length > 0) {
    throw new ConfigError(alone.map(({ name, needs }) => `${name} requires ${needs}`));
  }
  const { HOST, PORT, DATA_DIR, MASTER_KEY, LOG_LEVEL, SEND_TIMEOUT_MS, IDEMPOTENCY_STRICT } = parsed.output;
  const { WHATSAPP_URL, WHATSAPP_ROOT_KEY } = parsed.output;
  return {
    host: HOST,
    port: PORT,
    ...metricsOf(parsed.output),
    dataDir: DATA_DIR,
    storePath: join(DATA_DIR, 'troupe.db'),
    ...redisOf(parsed.output),
    nodeId: parsed.output.NODE_ID ?? defaultNodeId(),
    logLevel: LOG_LEVEL,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    idempotencyStrict: IDEMPOTENCY_STRICT === 'true',
    requestsPerSecond: parsed.output.REQUESTS_PER_SECOND,
    maxSessionsPerOrganization: parsed.output.MAX_SESSIONS_PER_ORGANIZATION,
    corsOrigins: parsed.output.CORS_ORIGINS,
    readsHistory: parsed.output.HISTORY === 'on',
    ...(MASTER_KEY !== undefined && { masterKey: MASTER_KEY }),
    ...loginsOf(parsed.output),
    ...(WHATSAPP_URL !== undefined && { whatsappUrl: WHATSAPP_URL }),
    ...(WHATSAPP_ROOT_KEY !== undefined && { whatsappRootKey: WHATSAPP_ROOT_KEY }),
  };
}

/** Off unless one of the two is set, so that metrics are never published by accident, not even behind a local proxy. */
function metricsOf({ METRICS_PORT, METRICS_TOKEN }: v.InferOutput<typeof SettingsSchema>): Pick<Config, 'metrics'> {
  if (METRICS_PORT === undefined && METRICS_TOKEN === undefined) return {};
  return {
    metrics: {
      ...(METRICS_PORT !== undefined && { port: METRICS_PORT }),
      ...(METRICS_TOKEN !== undefined && { token: METRICS_TOKEN }),
    },
  };
}

function redisOf({ REDIS_URL, REDIS_REPLICAS }: v.InferOutput<typeof SettingsSchema>) {
  if (REDIS_URL === undefined) return {};
  const { host, pathname } = new URL(REDIS_URL);
  return { redis: { url: REDIS_URL, replicas: REDIS_REPLICAS }, storePath: `in Redis at ${host}${pathname}` };
}

/** Random, as several nodes may run on one machine. */
function defaultNodeId(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '')
    .slice(0, 50);
  return `${host === '' ? 'node' : host}-${randomBytes(3).toString('hex')}`;
}

function loginsOf(settings: v.InferOutput<typeof SettingsSchema>): Pick<Config, 'logins'> {
  const { JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, JWT_ORG_CLAIM, JWT_ROLE_CLAIM } = settings;
  if (JWKS_URL === undefined) return {};
  return {
    logins: {
      jwksUrl: JWKS_URL,
      ...(JWT_ISSUER !== undefined && { issuer: JWT_ISSUER }),
      ...(JWT_AUDIENCE !== undefined && { audience: JWT_AUDIENCE }),
      orgClaim: JWT_ORG_CLAIM,
      roleClaim: JWT_ROLE_CLAIM,
    },
  };
}
