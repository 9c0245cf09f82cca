import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import * as v from 'valibot';

const AddressSchema = v.object({ port: v.number() });

/** A reverse proxy that has a server below a prefix, WebSockets included. */
export interface Prefixed extends AsyncDisposable {
  /** With the prefix. */
  readonly url: string;
}

export async function prefixed(target: string, prefix: string): Promise<Prefixed> {
  const { hostname, port } = new URL(target);
  const pathOf = ({ url = '' }: IncomingMessage) => (url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : null);
  const server = createServer((incoming, outgoing) => {
    const path = pathOf(incoming);
    if (path === null) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const onward = request({ hostname, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket) => {
    const onward = connect(Number(port), hostname, () => {
      const headers = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      onward.write([`GET ${pathOf(incoming)} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${v.parse(AddressSchema, server.address()).port}${prefix}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
