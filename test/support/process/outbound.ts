import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { BlockList, isIP, Socket } from 'node:net';
import * as v from 'valibot';

/** Somebody outside this process who is about to be reached. */
export interface Reach {
  readonly by: 'tcp' | 'udp' | 'dns';
  /** An address or a name. */
  readonly host: string;
  /** Null for a question to the name service. */
  readonly port: number | null;
}

const thisComputer = new BlockList();
thisComputer.addSubnet('127.0.0.0', 8);
thisComputer.addAddress('0.0.0.0');
thisComputer.addAddress('::1', 'ipv6');
thisComputer.addAddress('::', 'ipv6');

export function isLocal({ host }: Reach): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : thisComputer.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Calls `see` before this process connects to anybody, sends a datagram or asks for a name; what it throws keeps that
 * from happening. The places that it stands at are where all of Node's clients come through (tls, http, http2, fetch and
 * WebSocket by `net`, a socket that nobody made with `net.connect` too), before any byte leaves. Sockets of the file
 * system are not looked at. What native code does by itself, and a process that was started without this, is not seen.
 */
export function watchOutbound(see: (reach: Reach) => void): void {
  before(Socket.prototype, 'connect', (args, socket) => {
    const dialed = dialedBy(args);
    if (dialed === null) return;
    see({ by: 'tcp', ...dialed });
    // The address that a name has turned out to have, whoever looked it up.
    if (socket instanceof Socket) socket.on('connectionAttempt', (host, port) => see({ by: 'tcp', host, port }));
  });
  before(dgram.Socket.prototype, 'connect', ([port, address]) => see({ by: 'udp', ...datagramTo(port, address) }));
  before(dgram.Socket.prototype, 'send', ([, ...args]) => {
    const texts = args.filter((argument) => typeof argument === 'string');
    if (texts.length > 0) see({ by: 'udp', ...datagramTo(args[args.indexOf(texts[0]) - 1], texts[0]) });
  });
  for (const resolver of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of questionsOf(resolver)) before(resolver, name, ([host]) => askedFor(host, see));
  }
  syncBuiltinESMExports();
}

function askedFor(host: unknown, see: (reach: Reach) => void): void {
  // Nobody is asked for what is an address already, nor for nothing.
  if (typeof host === 'string' && host !== '' && isIP(host) === 0) see({ by: 'dns', host, port: null });
}

const OptionsSchema = v.looseObject({
  path: v.nullish(v.string()),
  host: v.nullish(v.string()),
  port: v.unknown(),
});

/** Whom a call of `connect`, in any of its forms, is about; null for a socket of the file system. */
function dialedBy([first, second]: readonly unknown[]): { host: string; port: number } | null {
  // So `net.connect` hands its arguments on.
  if (Array.isArray(first)) return dialedBy(first);
  if (v.is(OptionsSchema, first)) {
    return typeof first.path === 'string' ? null : { host: first.host || 'localhost', port: Number(first.port) };
  }
  if (Number.isNaN(Number(first))) return null;
  return { host: typeof second === 'string' ? second : 'localhost', port: Number(first) };
}

function datagramTo(port: unknown, address: unknown): { host: string; port: number } {
  return { host: typeof address === 'string' && address !== '' ? address : 'localhost', port: Number(port) };
}

function questionsOf(resolver: object): string[] {
  return Object.getOwnPropertyNames(resolver).filter((name) =>
    /^(?:lookup|lookupService|resolve.*|reverse)$/.test(name),
  );
}

function before(owner: object, name: string, look: (args: readonly unknown[], self: unknown) => void): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') throw new Error(`there is no ${name} to stand at`);
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    look(args, this);
    return Reflect.apply(original, this, args);
  };
  // Promisified use goes by a property of the original.
  Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(owner, name, { value: watched, writable: true, configurable: true });
}
