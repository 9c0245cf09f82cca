import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** Called with every place that this process is about to connect to, or whose address it is about to ask for. */
type Listener = (host: string, port: number | null) => void;

/** Watches what leaves this process: TCP and all that is built on it, UDP, and questions for names. */
export function watchOutbound(listener: Listener): void {
  watchConnections(listener);
  watchDatagrams(listener);
  watchNames(listener);
  syncBuiltinESMExports();
}

/** Everything that connects does so here: http, tls, fetch, WebSockets. A path is a socket of this machine. */
function watchConnections(listener: Listener): void {
  const { connect } = net.Socket.prototype;
  const watched = function (this: net.Socket, ...args: unknown[]): unknown {
    const target = targetOf(args);
    if (target !== null) listener(target.host, target.port);
    return Reflect.apply(connect, this, args);
  };
  Object.defineProperty(net.Socket.prototype, 'connect', { value: watched, writable: true, configurable: true });
}

/** `connect(port, host)`, `connect(options)`, or the list that Node makes of either for itself. */
function targetOf(args: unknown[]): { host: string; port: number } | null {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first !== 'object' || first === null) {
    return /^\d+$/.test(String(first))
      ? { host: typeof second === 'string' ? second : 'localhost', port: Number(first) }
      : null;
  }
  const { host, port, path } = Object.assign({ host: undefined, port: undefined, path: undefined }, first);
  return path == null ? { host: String(host ?? 'localhost'), port: Number(port) } : null;
}

function watchDatagrams(listener: Listener): void {
  const { send } = dgram.Socket.prototype;
  const watched = function (this: dgram.Socket, ...args: unknown[]): unknown {
    const host = args.findLast((arg) => typeof arg === 'string');
    listener(typeof host === 'string' ? host : 'localhost', null);
    return Reflect.apply(send, this, args);
  };
  Object.defineProperty(dgram.Socket.prototype, 'send', { value: watched, writable: true, configurable: true });
}

function watchNames(listener: Listener): void {
  for (const place of [dns, dns.promises]) {
    for (const [name, ask] of Object.entries(place)) {
      if (typeof ask !== 'function' || !/^(lookup|resolve|reverse)/.test(name)) continue;
      const watched = (...args: unknown[]): unknown => {
        listener(String(args[0] ?? 'localhost'), null);
        return Reflect.apply(ask, place, args);
      };
      Object.defineProperty(place, name, { value: watched, writable: true, configurable: true });
    }
  }
}

/** Whether a host is this machine. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '' || /^(::ffff:)?127(\.\d+){3}$/.test(host);
}
