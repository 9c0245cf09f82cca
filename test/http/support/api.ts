import { once } from 'node:events';
import { connect } from 'node:net';
import pino from 'pino';
import { createAuditLog } from '../../../src/actors/audit-log.ts';
import { unwrap } from '../../../src/domain/errors.ts';
import { createApp } from '../../../src/http/app.ts';
import { authenticator } from '../../../src/http/auth/authenticator.ts';
import type { JwtVerifier } from '../../../src/http/auth/jwt/jwt-verifier.ts';

import type { SchedulerOptions } from '../../../src/http/load-shedding/scheduler.ts';
import type { Services } from '../../../src/http/routing/services.ts';
import { startServer } from '../../../src/http/server.ts';
import type { StreamOptions } from '../../../src/http/streams/streams.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { type ApiKeys, openApiKeys } from '../../../src/store/records/api-keys/api-keys.ts';
import { type Events, events as eventsOf } from '../../../src/store/records/event-log.ts';
import { type Tickets, tickets as ticketsOf } from '../../../src/store/records/tickets.ts';
import { assertDocumented } from '../../support/gateway/documented.ts';
import { MemoryContacts } from './memory-contacts.ts';
import { MemoryGroups } from './memory-groups.ts';
import { MemorySends } from './memory-sends.ts';
import { MemoryRegistry } from './memory-sessions.ts';
import { RecordedLog } from './recorded-log.ts';

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  text: string;
  /** The body as JSON; undefined when it is something else. */
  json: unknown;
}

export interface Ask {
  key?: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The HTTP layer over real HTTP with real api keys, events and tickets in a real store. */
export interface Api extends AsyncDisposable {
  url: string;
  sessions: MemoryRegistry;
  sends: MemorySends;
  groups: MemoryGroups;
  contacts: MemoryContacts;
  store: Store;
  events: Events;
  tickets: Tickets;
  keys: ApiKeys;
  log: RecordedLog;
  close(): Promise<void>;
  /** An api key; by default of the organization `acme` with every capability. */
  key(options?: Partial<Parameters<ApiKeys['create']>[0]>): Promise<string>;
  /** A session of `acme`; gives its id. */
  session(organization?: string): Promise<string>;
  /** The same with a phone linked, and connected. */
  linkedSession(organization?: string): Promise<string>;
  /** One request; `target` is `METHOD /path`. Rejects for an answer that is not in the OpenAPI document. */
  ask(target: string, options?: Ask): Promise<Answer>;
}

interface Options {
  readiness?: Services['readiness'];
  /** In place of what the real keys do. */
  apiKeys?: Partial<ApiKeys>;
  logins?: JwtVerifier;
  events?: Events;
  closeTimeoutMs?: number;
  lameDuckMs?: number;
  streamOptions?: Partial<StreamOptions>;
  requestsPerSecond?: number;
  corsOrigins?: readonly string[];
  schedulerOptions?: Partial<SchedulerOptions>;
  /** Epoch milliseconds, for the store and all that is in it. */
  now?: () => number;
}

export async function startApi(options: Options = {}): Promise<Api> {
  const { readiness, logins = null, closeTimeoutMs, lameDuckMs, streamOptions = {}, now = Date.now } = options;
  const { requestsPerSecond = 1_000_000, corsOrigins, schedulerOptions } = options;
  const store = openSqliteStore({ path: ':memory:', now });
  const keys = await openApiKeys(store, now);
  const apiKeys = { ...keys, ...options.apiKeys };
  const events = options.events ?? eventsOf(store);
  const tickets = ticketsOf(store, now);
  const sessions = new MemoryRegistry();
  const sends = new MemorySends(sessions);
  const groups = new MemoryGroups(sessions);
  const contacts = new MemoryContacts(sessions);
  const log = new RecordedLog();
  const logger = pino({ level: 'debug' }, log);
  const app = createApp({
    sessions,
    sends,
    groups,
    contacts,
    events,
    tickets,
    apiKeys,
    authenticator: authenticator({ apiKeys, logins, now }),
    logger,
    audit: createAuditLog(logger, new Uint8Array(32)),
    readiness: readiness ?? (() => ({ ready: true })),
    streamOptions,
    requestsPerSecond,
    ...(corsOrigins !== undefined && { corsOrigins }),
    ...(schedulerOptions !== undefined && { schedulerOptions }),
    now,
  });
  const server = await startServer({
    app,
    host: '127.0.0.1',
    port: 0,
    ...(closeTimeoutMs !== undefined && { closeTimeoutMs }),
    ...(lameDuckMs !== undefined && { lameDuckMs }),
  });
  const close = async () => {
    await server.close();
    await store[Symbol.asyncDispose]();
  };
  return {
    url: server.url,
    sessions,
    sends,
    groups,
    contacts,
    store,
    events,
    tickets,
    keys,
    log,
    close: server.close,
    key: async (given) => unwrap(await keys.create({ ...everything, ...given })).token,
    session: async (organization = everything.organization) => (await create(sessions, organization)).record.id,
    linkedSession: async (organization = everything.organization) => {
      const { id } = (await create(sessions, organization)).record;
      sessions.link(id, '6281234567890');
      return id;
    },
    ask: (target, options) => ask(server.url, target, options),
    [Symbol.asyncDispose]: close,
  };
}

const everything = { organization: 'acme', name: 'test', capabilities: ['read', 'send', 'manage'] as const };

const plain = { label: null, autoRead: false, presenceTyping: false, ratePerMin: 20, rateBurst: 5, ratePerHour: 600 };

async function create(sessions: MemoryRegistry, organization: string) {
  return unwrap(await sessions.create({ organization, createdBy: 'somebody', settings: plain, start: false }));
}

async function ask(url: string, target: string, { key, json, body, headers, signal }: Ask = {}): Promise<Answer> {
  const [method = '', path = ''] = target.split(' ');
  const sent = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
    ...(signal !== undefined && { signal }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  const answer = { status: response.status, headers: response.headers, bytes, text, json: parse(text) };
  assertDocumented({ ...answer, method, target: path, header: (name) => response.headers.get(name) });
  return answer;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes bytes to a connection of its own and gives back all that came until the other side closed it. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  // A reset behind the answer is as good as a close.
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return received;
}

/** Writes bytes to a connection of its own and leaves without waiting for an answer. */
export async function hangUp(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.end(bytes, 'latin1');
  socket.resume();
  await once(socket, 'close');
}
