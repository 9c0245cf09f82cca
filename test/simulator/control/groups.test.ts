import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../../simulator/simulator.ts';
import { linkedClient } from '../support/client.ts';
import { next } from '../support/events.ts';
import { request } from '../support/request.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';

test('a group is made, changed and read', async () => {
  await using simulator = await startSimulator();
  const made = await request(simulator, 'POST', '/groups', { subject: 'Choir', participants: [ADA, PHONE] });
  assert.equal(made.status, 201);
  const path = `/groups/${made.body['jid']}`;

  await request(simulator, 'PATCH', path, { subject: 'Band' });
  for (const action of ['add', 'promote', 'demote', 'promote']) {
    await request(simulator, 'POST', `${path}/members`, { phone: BEN, action });
  }
  const removed = await request(simulator, 'POST', `${path}/members`, { phone: PHONE, action: 'remove' });

  assert.equal(removed.status, 200);
  const { body } = await request(simulator, 'GET', path);
  assert.equal(body['subject'], 'Band');
  assert.deepEqual(body['participants'], [
    { phone: ADA, role: 'superadmin' },
    { phone: BEN, role: 'admin' },
  ]);
  assert.deepEqual((await request(simulator, 'GET', '/groups')).body.data, [body]);
});

test('a link expires, is replaced, and a request to join is approved', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, PHONE);
  const options = { subject: 'Choir', participants: [ADA], approval: true, invite: 'CHOIR' };
  const made = await request(simulator, 'POST', '/groups', options);
  const path = `/groups/${made.body['jid']}`;

  const expired = await request(simulator, 'POST', `${path}/invite`, { action: 'expire' });
  assert.deepEqual([expired.body['invite'], expired.body['inviteExpired']], ['CHOIR', true]);
  const reset = await request(simulator, 'POST', `${path}/invite`, { action: 'reset' });
  assert.equal(reset.body['inviteExpired'], false);
  await socket.groupAcceptInvite(String(reset.body['invite']));
  assert.deepEqual((await request(simulator, 'GET', path)).body['applicants'], [PHONE]);
  const approved = await request(simulator, 'POST', `${path}/members`, { phone: PHONE, action: 'approve' });

  assert.deepEqual(approved.body['applicants'], []);
  assert.equal((await socket.groupMetadata(String(made.body['jid']))).size, 2);
});

test('contacts write anything, vote and fail to decrypt on demand', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: ADA, devices: 1, numbers: 'accepted' });
  const { socket } = await linkedClient(simulator, PHONE);
  const arrival = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.locationMessage !== null);
  const message = { locationMessage: { degreesLatitude: 48.2, degreesLongitude: 16.4 } };

  const sent = await request(simulator, 'POST', `/contacts/${ADA}/messages`, { to: PHONE, message });
  assert.equal((await arrival).messages[0]?.key.id, sent.body.id);
  const text = await request(simulator, 'POST', `/phones/${ADA}/messages`, { to: PHONE, text: 'teh' });
  const edit = { to: PHONE, id: text.body.id, text: 'the' };
  assert.equal((await request(simulator, 'POST', `/phones/${ADA}/edits`, edit)).status, 202);
  const revocation = { to: PHONE, id: text.body.id };
  assert.equal((await request(simulator, 'POST', `/phones/${ADA}/revocations`, revocation)).status, 202);
  const failing = await request(simulator, 'POST', `/contacts/${ADA}/fail-decryption`, { device: 0, times: 1 });
  assert.equal(failing.status, 204);
  const poll = { name: 'Colour?', values: ['red', 'blue'], selectableCount: 1 };
  const asked = await socket.sendMessage(`${ADA}@s.whatsapp.net`, { poll });
  const id = asked?.key.id ?? '';
  await simulator.ledger.waitForDelivery({ id, to: ADA });

  const vote = await request(simulator, 'POST', `/contacts/${ADA}/votes`, { poll: id, options: ['red'] });

  assert.equal(vote.status, 202);
  assert.equal(simulator.ledger.tally(id).arrivals, 2);
  const visible = await request(simulator, 'GET', `/visible?id=${id}&to=${ADA}`);
  const polls = { question: 'Colour?', options: ['red', 'blue'], selectableCount: 1 };
  assert.deepEqual(
    visible.body.data.map((delivery) => delivery['poll']),
    [polls],
  );
});

test('settings are read and changed', async () => {
  await using simulator = await startSimulator();
  const changed = await request(simulator, 'PATCH', '/settings', { dedup: true });

  assert.deepEqual(changed.body, {
    ...{ decrypt: true, dedup: true, fewPreKeys: false, answerPlaceholders: true },
    ...{ confirmWithinMs: 3_001_000, reachoutTimelock: 0, newChatQuota: { total: -1, used: 0 } },
  });
  assert.equal(simulator.settings.dedup, true);
  assert.deepEqual((await request(simulator, 'GET', '/settings')).body, changed.body);
});

for (const { path, body, status, field } of [
  { path: '/groups', body: { subject: 'Choir', participants: [] }, status: 400, field: 'participants' },
  { path: '/groups', body: { subject: 'Choir', participants: ['Ada'] }, status: 400, field: 'participants' },
  { path: '/groups', body: { subject: 'Choir', participants: [ADA, BEN], capacity: 1 }, status: 409 },
  { path: '/groups/120363000000000009@g.us/members', body: { phone: ADA, action: 'add' }, status: 404 },
  { path: `/phones/${ADA}/messages`, body: { to: PHONE, text: 'hello' }, status: 404 },
  { path: `/contacts/${BEN}/messages`, body: { to: '120363000000000009@g.us', text: 'hello' }, status: 404 },
  { path: `/contacts/${BEN}/messages`, body: { to: BEN, message: { nonsense: 1 } }, status: 400, field: 'message' },
  { path: `/contacts/${BEN}/messages`, body: { to: BEN, message: { imageMessage: 1 } }, status: 400, field: 'message' },
  { path: `/contacts/${BEN}/votes`, body: { poll: 'NONE', options: [] }, status: 404 },
  { path: `/contacts/${BEN}/fail-decryption`, body: { device: 7, times: 1 }, status: 404 },
]) {
  test(`POST ${path} with ${JSON.stringify(body)} is refused with ${status}`, async () => {
    await using simulator = await startSimulator();
    simulator.addContact({ phone: BEN });
    const answer = await request(simulator, 'POST', path, body);

    assert.equal(answer.status, status);
    assert.equal(answer.body.error?.details['field'], field);
  });
}
