import { once } from 'node:events';
import { createServer } from 'node:net';
import * as v from 'valibot';

const AddressSchema = v.object({ port: v.number() });

/** A port of this machine that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = v.parse(AddressSchema, server.address());
  server.close();
  await once(server, 'close');
  return port;
}
