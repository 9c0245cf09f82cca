import * as v from 'valibot';
import type { Client } from '../../support/gateway/client.ts';
import type { TestBed } from '../../support/gateway/gateway.ts';

const SessionSchema = v.looseObject({ id: v.string() });

export const ada = '15550000001';

/** Sessions in the states that a console shows on an ordinary day. */
export interface Scene {
  client: Client;
  /** Linked, and has sent some messages. */
  connected: string;
  /** Waits for a phone. */
  pairing: string;
}

export async function setScene(bed: TestBed): Promise<Scene> {
  bed.simulator.addContact({ phone: ada, name: 'Ada' });
  const client = await bed.client();
  const connected = await client.linked(bed.simulator, '15551234567');
  await client.call('PATCH', `/sessions/${connected}`, { label: 'Support', ratePerMin: 20, rateBurst: 5 });
  const other = await client.linked(bed.simulator, '491701234567');
  await client.call('PATCH', `/sessions/${other}`, { label: 'Orders, Germany', ratePerMin: 20, rateBurst: 5 });
  await client.call('POST', `/sessions/${other}:logout`);
  await newSession(client, { label: 'Deliveries' });
  const pairing = await newSession(client, { label: 'Reception', start: true });
  await client.qr(pairing);
  return { client, connected, pairing };
}

async function newSession(client: Client, body: object): Promise<string> {
  return v.parse(SessionSchema, (await client.call('POST', '/sessions', body)).body).id;
}
