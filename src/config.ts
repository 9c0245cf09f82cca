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

/** Whoever can change the keys on their way here can log in as anybody, so they come encrypted or do not leave here. */
const JwksUrlSchema = v.pipe(
  v.string(),
  v.url('must be a URL'),
  v.transform((text) => new URL(text)),
  v.check(
    ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname)),
    'must begin with https: (http: is only for an address of this machine)',
  ),
  v.check(({ username, password }) => username === '' && password === '', 'must not hold a user name or password'),
);

/** Whether a host can be reached from this machine only. */
export function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d+){3}$/.test(hostname);
}

/** Browsers compare an origin letter by letter. */
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
  /** A port of their own for the metrics. */
  METRICS_PORT: v.optional(whole(0, 65_535)),
  /** What readers of the metrics have to bring. */
  METRICS_TOKEN: v.optional(
    v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')),
  ),
  /** Where the embedded store lies. */
  DATA_DIR: v.optional(v.pipe(v.string(), v.minLength(1, 'must not be empty')), './data'),
  /** The Redis that holds the store; without it the embedded store does. */
  REDIS_URL: v.optional(
    v.pipe(v.string(), v.url('must be a URL'), v.regex(/^rediss?:/, 'must begin with redis: or rediss:')),
  ),
  /** Replicas of that Redis that must have what is stored before it counts. */
  REDIS_REPLICAS: v.optional(whole(0, 10), '0'),
  /** What this node is called in sessions and logs. */
  NODE_ID: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ -'),
    ),
  ),
  /** What the store is sealed under; without it a key file in the data directory is. */
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
  /** Answer a reused idempotency key with 422 when the request is another one. */
  IDEMPOTENCY_STRICT: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false'),
  /** The published keys of whoever mints login tokens; without it there are only api keys. */
  JWKS_URL: v.optional(JwksUrlSchema),
  /** What a login token must say of its issuer and its audience. */
  JWT_ISSUER: v.optional(v.string()),
  JWT_AUDIENCE: v.optional(v.string()),
  /** Where the organization and the role stand in a login token. */
  JWT_ORG_CLAIM: v.optional(v.string(), 'org'),
  JWT_ROLE_CLAIM: v.optional(v.string(), 'role'),
  /** Requests that one credential may make in a second, in the long run. */
  REQUESTS_PER_SECOND: v.optional(whole(1, 1_000_000), '5000'),
  /** Sessions that an organization may have; each that runs holds a connection and about 2 MiB of memory. */
  MAX_SESSIONS_PER_ORGANIZATION: v.optional(whole(1, 10_000), '1000'),
  /** Origins whose pages may call. */
  CORS_ORIGINS: v.optional(OriginsSchema, ''),
  /** Another server than WhatsApp's own: a simulator. */
  WHATSAPP_URL: v.optional(
    v.pipe(v.string(), v.url('must be a URL'), v.regex(/^wss?:/, 'must begin with ws: or wss:')),
  ),
  /** The root of that server's certificates, as 64 hex digits. */
  WHATSAPP_ROOT_KEY: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits'))),
});

/** The names of all settings. */
export const settingNames: readonly string[] = Object.keys(SettingsSchema.entries);

/** Settings that mean something only with another one. */
const dependentSettings = [
  { name: 'WHATSAPP_ROOT_KEY', needs: 'WHATSAPP_URL', because: 'it is for a simulator' },
  { name: 'JWT_ISSUER', needs: 'JWKS_URL', because: 'it is of login tokens' },
  { name: 'JWT_AUDIENCE', needs: 'JWKS_URL', because: 'it is of login tokens' },
] as const;

export interface Config {
  host: string;
  port: number;
  /** Who may read the metrics, and where: on the main port unless there is one of their own. Absent: there are none. */
  metrics?: { port?: number; token?: string };
  dataDir: string;
  /** The file of the embedded store, in the data directory, or what Redis is to be called in a sentence. */
  storePath: string;
  /** Absent: the embedded store. */
  redis?: { url: string; replicas: number };
  /** What this node is called. */
  nodeId: string;
  /** What the store is sealed under. Absent: a key file in the data directory. */
  masterKey?: KeyObject;
  logLevel: v.InferOutput<typeof SettingsSchema>['LOG_LEVEL'];
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  requestsPerSecond: number;
  maxSessionsPerOrganization: number;
  corsOrigins: readonly string[];
  /** How people log in. Absent: they cannot, there are only api keys. */
  logins?: LoginSettings;
  whatsappUrl?: string;
  whatsappRootKey?: string;
}

/** Everything that is wrong with the environment, a line for each setting. */
export class ConfigError extends OperatorError {
  constructor(faults: readonly string[]) {
    super(`the settings are not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the settings; an empty value counts as not given. Throws {@link ConfigError} with all faults at once. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(SettingsSchema, given);
  if (!parsed.success) {
    throw new ConfigError(parsed.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`));
  }
  const alone = dependentSettings.filter(({ name, needs }) => given[name] !== undefined && given[needs] === undefined);
  if (alone.length > 0) {
    throw new ConfigError(
      alone.map(({ name, needs, because }) => `${name} says nothing alone, ${because}: give ${needs} with it`),
    );
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
    ...(MASTER_KEY !== undefined && { masterKey: MASTER_KEY }),
    ...loginsOf(parsed.output),
    ...(WHATSAPP_URL !== undefined && { whatsappUrl: WHATSAPP_URL }),
    ...(WHATSAPP_ROOT_KEY !== undefined && { whatsappRootKey: WHATSAPP_ROOT_KEY }),
  };
}

/** Off unless one of the two is given: nobody publishes the metrics by accident, behind a proxy on this machine either. */
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

/** Several nodes may run on one machine. */
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
