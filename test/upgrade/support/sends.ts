import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { Simulator } from '../../../simulator/simulator.ts';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { eventually } from '../../support/eventually.ts';
import type { Client } from '../../support/gateway/client.ts';
import type { FixtureSend } from './fixture.ts';

const readMs = 20_000;

interface Asking {
  readonly client: Client;
  readonly session: string;
}

interface Sending extends Asking {
  readonly to: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Idempotency key. */
  readonly key?: string;
}

export function text(content: string) {
  return { type: 'text', text: content };
}

/** A send that is answered with its acknowledgement; resolves when its recipients have read it. */
export async function read(sending: Sending): Promise<FixtureSend> {
  const send = await sent(sending, '', 200);
  await eventually(async () => {
    const { status } = await sending.client.outbox(send.session, send.result.outboxId);
    assert.equal(status, 'read');
  }, readMs);
  return send;
}

/** A send that is only accepted. */
export function accepted(sending: Sending): Promise<FixtureSend> {
  return sent(sending, '?async=true', 202);
}

/** A send that is handed to WhatsApp, which neither acknowledges nor passes it on. */
export async function inDoubt(sending: Sending, simulator: Simulator): Promise<FixtureSend> {
  simulator.faults.add({ kind: 'no-ack', deliver: false, to: sending.to, times: 1 });
  const send = await accepted(sending);
  await eventually(() => assert.equal(simulator.ledger.tally(send.result.waMessageId).arrivals, 1), readMs);
  return send;
}

/** Ends the connections of sessions, and refuses new ones from now on. */
export async function cutOff(askers: readonly Asking[], simulator: Simulator): Promise<void> {
  simulator.faults.add({ kind: 'upgrade-error', status: 503 });
  for (const { account } of simulator.connections()) if (account !== undefined) simulator.disconnect(account, 'reset');
  for (const { client, session } of askers) await client.until(session, 'connecting');
}

async function sent({ client, session, to, body, key }: Sending, query: string, status: number): Promise<FixtureSend> {
  const path = `/sessions/${session}/messages${query}`;
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const answer = await client.call('POST', path, { to, ...body }, headers);
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  const result = v.parse(SendResultSchema, answer.body);
  return { token: client.token, session, to, body, idempotencyKey: key ?? null, result };
}
