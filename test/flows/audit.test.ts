import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { loggerTo } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { sessions as sessionsOf } from '../../src/store/records/sessions/sessions.ts';
import type { Client } from '../support/gateway/client.ts';
import { startTestBed } from '../support/gateway/gateway.ts';

const phone = '15551234567';
const LineSchema = v.looseObject({ audit: v.optional(v.string()), time: v.string() });

/** A log that keeps the lines of the audit trail. */
class Trail {
  readonly lines: Omit<v.InferOutput<typeof LineSchema>, 'time'>[] = [];

  write(text: string): void {
    const { time: _, ...line } = v.parse(LineSchema, JSON.parse(text));
    if (line.audit !== undefined) this.lines.push(line);
  }
}

test('whatever gives power away or cannot be undone is in the trail once, also when the log tells of faults only', async () => {
  const trail = new Trail();
  await using bed = await startTestBed({}, loggerTo(trail, 'error'));
  const client = await bed.client();
  const id = client.token.split('_')[1];
  const asked = { 'x-request-id': 'asked-by-me' };

  const made = await client.call('POST', '/api-keys', { name: 'shop', capabilities: ['send'] }, asked);
  const { id: apiKey } = v.parse(v.looseObject({ id: v.string() }), made.body);
  await client.call('DELETE', `/api-keys/${apiKey}`, undefined, asked);
  await client.call('DELETE', `/api-keys/${apiKey}`);
  const session = await client.linked(bed.simulator, phone);
  bed.simulator.unlink(phone);
  await client.until(session, 'logged_out');
  await client.call('POST', `/sessions/${session}:logout`);
  await bed.simulator.scanQr(await client.qr(session), phone);
  await client.until(session, 'connected');
  await client.call('POST', `/sessions/${session}:logout`, undefined, asked);
  await client.call('POST', `/sessions/${session}:logout`);
  await client.call('DELETE', `/sessions/${session}`, undefined, asked);

  const common = { level: 30, organization: 'acme', msg: 'audit' };
  const byMe = { ...common, actor: { kind: 'api_key', id }, requestId: 'asked-by-me' };
  const account = trail.lines[2]?.['account'];
  assert.match(String(account), /^[0-9a-f]{8}$/);
  assert.deepEqual(trail.lines, [
    { ...byMe, audit: 'api_key.created', apiKey, capabilities: ['send'] },
    { ...byMe, audit: 'api_key.revoked', apiKey },
    { ...common, audit: 'session.linked', session, account, actor: { kind: 'phone' } },
    { ...common, audit: 'session.logged_out', session, reason: 'logged_out', actor: { kind: 'whatsapp' } },
    { ...common, audit: 'session.linked', session, account, actor: { kind: 'phone' } },
    { ...byMe, audit: 'session.logged_out', session, reason: 'unlinked' },
    { ...byMe, audit: 'session.deleted', session },
  ]);
});

/** A session that no phone has linked. */
async function unlinked(client: Client): Promise<string> {
  const { body } = await client.call('POST', '/sessions', {});
  return v.parse(v.looseObject({ id: v.string() }), body).id;
}

test('a refused request leaves no trail, nor does a logout of what is not linked, and a reconnect is no linking', async () => {
  const trail = new Trail();
  await using bed = await startTestBed({}, loggerTo(trail, 'info'));
  const client = await bed.client();
  const session = await client.linked(bed.simulator, phone);
  const clerk = await bed.client({ capabilities: ['read'] });

  await clerk.call('POST', '/api-keys', { name: 'x', capabilities: ['read'] });
  await clerk.call('DELETE', `/sessions/${session}`);
  await client.call('POST', '/api-keys', { name: '' });
  await client.call('POST', `/sessions/${await unlinked(client)}:logout`);
  bed.simulator.disconnect(phone, { streamError: 503 });
  await client.until(session, 'connecting');
  await client.until(session, 'connected');
  await bed.restart();
  await client.until(session, 'connected');

  assert.deepEqual(
    trail.lines.map(({ audit }) => audit),
    ['session.linked'],
  );
});

test('a number that was linked just before a kill is in the trail of the next start', async () => {
  const trail = new Trail();
  await using bed = await startTestBed({}, loggerTo(trail, 'info'));
  const client = await bed.client();
  const session = await client.linked(bed.simulator, phone);
  await bed.gateway.close();
  const [linked] = trail.lines.splice(0);
  {
    // As a kill between linking and the first login leaves it.
    await using store = await openStore(bed.config, { as: 'owner' });
    await sessionsOf(store).update({ organization: 'acme', session }, (record) => ({ ...record, account: null }));
  }

  await bed.restart();
  await client.until(session, 'connected');

  assert.deepEqual(trail.lines, [linked]);
});
