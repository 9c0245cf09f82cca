import { once } from 'node:events';
import { connect } from 'node:net';
import pino from 'pino';
import { createApp } from '../../../src/http/app.ts';
import type { Services } from '../../../src/http/context.ts';
import { startServer } from '../../../src/http/server.ts';
import { type ApiKeys, apiKeys } from '../../../src/store/api-keys.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { MemoryRegistry } from './memory-registry.ts';
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

/** The HTTP layer over real HTTP with real api keys in a real store. */
export interface Api extends AsyncDisposable {
  url: string;
  sessions: MemoryRegistry;
  keys: ApiKeys;
  log: RecordedLog;
  close(): Promise<void>;
  /** An api key; by default of the organization `acme` with every capability. */
  key(options?: Partial<Parameters<ApiKeys['create']>[0]>): Promise<string>;
  /** A session of `acme`; gives its id. */
  session(organization?: string): Promise<string>;
  /** One request; `target` is `METHOD /path`. */
  ask(target: string, options?: Ask): Promise<Answer>;
}

interface Options {
  readiness?: Services['readiness'];
  verify?: ApiKeys['verify'];
  closeTimeoutMs?: number;
}

export async function startApi({ readiness, verify, closeTimeoutMs }: Options = {}): Promise<Api> {
  const store = openSqliteStore({ path: ':memory:' });
  const keys = apiKeys(store, Date.now);
  const sessions = new MemoryRegistry();
  const log = new RecordedLog();
  const app = createApp({
    sessions,
    apiKeys: verify === undefined ? keys : { ...keys, verify },
    logger: pino({ level: 'debug' }, log),
    readiness: readiness ?? (() => ({ ready: true })),
  });
  const server = await startServer({
    app,
    host: '127.0.0.1',
    port: 0,
    ...(closeTimeoutMs !== undefined && { closeTimeoutMs }),
  });
  const close = async () => {
    await server.close();
    await store[Symbol.asyncDispose]();
  };
  return {
    url: server.url,
    sessions,
    keys,
    log,
    close: server.close,
    key: async (given) => (await keys.create({ ...everything, ...given })).token,
    session: async (organization = everything.organization) => (await create(sessions, organization)).record.id,
    ask: (target, options) => ask(server.url, target, options),
    [Symbol.asyncDispose]: close,
  };
}

const everything = { organization: 'acme', name: 'test', capabilities: ['read', 'send', 'manage'] as const };

const plain = { label: null, autoRead: false, presenceTyping: false, ratePerMin: 20, rateBurst: 5, ratePerHour: 600 };

function create(sessions: MemoryRegistry, organization: string) {
  return sessions.create({ organization, createdBy: 'somebody', settings: plain, start: false });
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
  return { status: response.status, headers: response.headers, bytes, text, json: parse(text) };
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
