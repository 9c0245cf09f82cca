import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Group } from '../../simulator/api/group-api.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { recipient } from '../support/gateway/environment.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const bob = '6281234567891';

const { bed, client, session } = shared(await linkedBed());
bed.simulator.addContact({ phone: bob, devices: 1 });

function send(group: Group, body: object): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/messages`, { to: group.jid, ...body });
}

async function sentId(group: Group, body: object): Promise<string> {
  const answer = await send(group, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

function join(invite: string): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/groups:join`, { invite });
}

for (const addressing of ['lid', 'pn'] as const) {
  test(`a text to a group with ${addressing} addressing is decrypted by every device of every member`, async () => {
    const group = bed.simulator.addGroup({ subject: 'Team', participants: [own, recipient, bob], addressing });

    const first = await sentId(group, { type: 'text', text: 'hello, all' });
    const second = await sentId(group, { type: 'text', text: 'again' });

    for (const id of [first, second]) {
      await eventually(() => {
        const devices = bed.simulator.ledger.deliveries({ id }).filter(({ ownCopy }) => !ownCopy);
        const got = devices.filter(({ to }) => to !== own).map(({ to, device }) => `${to}:${device}`);
        assert.deepEqual(
          got.toSorted((a, b) => a.localeCompare(b)),
          [`${recipient}:0`, `${recipient}:1`, `${bob}:0`],
        );
      });
    }
  });
}

test('every kind of message arrives in a group', async () => {
  const group = bed.simulator.addGroup({ subject: 'Kinds', participants: [own, recipient] });
  const bodies = [
    { type: 'poll', name: 'Which?', options: ['yes', 'no'], selectableCount: 1 },
    { type: 'location', latitude: 1.5, longitude: 2.5, name: 'Here' },
    { type: 'contact', contact: { name: 'Ada', phone: '15550000001' } },
  ];

  const deliveries = [];
  for (const body of bodies) {
    const id = await sentId(group, body);
    deliveries.push(await bed.simulator.ledger.waitForDelivery({ to: recipient, id, device: 0 }));
  }

  const [poll, location, contact] = deliveries.map(({ message }) => message);
  assert.equal(poll?.pollCreationMessageV3?.name, 'Which?');
  assert.equal(location?.locationMessage?.degreesLatitude, 1.5);
  assert.match(contact?.contactMessage?.vcard ?? '', /FN:Ada/);
});

test('a reply in a group quotes what a member wrote', async () => {
  const group = bed.simulator.addGroup({ subject: 'Quotes', participants: [own, recipient] });
  const original = await group.sendText(recipient, 'what do you think?');
  await eventually(async () => {
    const answer = await send(group, { type: 'text', text: 'a lot', replyTo: original });
    assert.equal(answer.status, 200);
    const { waMessageId } = v.parse(SendResultSchema, answer.body);
    const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId, device: 0 });
    const context = message.extendedTextMessage?.contextInfo;
    assert.equal(context?.stanzaId, original);
    const quoted = context?.quotedMessage;
    assert.equal(quoted?.conversation ?? quoted?.extendedTextMessage?.text, 'what do you think?');
  });
});

test('somebody who is added gets the next message, and somebody who is removed does not', async () => {
  const group = bed.simulator.addGroup({ subject: 'Coming and going', participants: [own, recipient] });
  await sentId(group, { type: 'text', text: 'before' });

  group.add(bob);
  await bed.simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.attrs['type'] === 'w:gp2');
  await eventually(async () => {
    const id = await sentId(group, { type: 'text', text: 'welcome' });
    await bed.simulator.ledger.waitForDelivery({ to: bob, id }, { timeoutMs: 500 });
  });
  group.remove(recipient);
  await eventually(async () => {
    const id = await sentId(group, { type: 'text', text: 'without Ann' });
    await bed.simulator.ledger.waitForDelivery({ to: bob, id }, { timeoutMs: 500 });
    assert.deepEqual(bed.simulator.ledger.deliveries({ to: recipient, id }), []);
  });
});

test('an invite lets the session join, by code and by link, and again', async () => {
  const group = bed.simulator.addGroup({
    subject: 'Open',
    participants: [recipient],
    admins: [recipient],
    invite: 'OpenInviteCode123456AB',
  });

  const byLink = await join('https://chat.whatsapp.com/OpenInviteCode123456AB');
  const again = await join('OpenInviteCode123456AB');

  assert.deepEqual([byLink.status, byLink.body], [200, { groupJid: group.jid }]);
  assert.deepEqual([again.status, again.body], [200, { groupJid: group.jid }]);
});

test('an invite that is expired or unknown is a 400, a full group and one that needs approval a 409', async () => {
  const options = { participants: [recipient], admins: [recipient] };
  const expired = bed.simulator.addGroup({ ...options, subject: 'Expired', invite: 'ExpiredInvite1234567AB' });
  expired.expireInvite();
  bed.simulator.addGroup({ ...options, subject: 'Full', invite: 'FullGroupInvite12345AB', capacity: 1 });
  bed.simulator.addGroup({ ...options, subject: 'Approval', invite: 'ApprovalInvite123456AB', approval: true });

  assert.equal((await join('ExpiredInvite1234567AB')).status, 400);
  assert.equal((await join('NobodysInviteCode1234A')).status, 400);
  assert.equal((await join('')).status, 400);
  assert.equal((await join('FullGroupInvite12345AB')).status, 409);
  const pending = await join('ApprovalInvite123456AB');
  assert.equal(pending.status, 409);
  assert.match(JSON.stringify(pending.body), /approval_required/);
  assert.equal((await join('ApprovalInvite123456AB')).status, 409);
});

test('joining with a session that is not connected is 501', async () => {
  const stopped = await client.linked(bed.simulator, '491700000002');
  await client.call('POST', `/sessions/${stopped}:stop`);

  const answer = await client.call('POST', `/sessions/${stopped}/groups:join`, { invite: 'OpenInviteCode123456AB' });

  assert.equal(answer.status, 501);
});

test('a group and its members can be read, also when the session is not connected any more', async () => {
  const reader = await client.linked(bed.simulator, '491700000003');
  const group = bed.simulator.addGroup({
    subject: 'Readable',
    description: 'what it is about',
    participants: ['491700000003', recipient, bob],
    admins: [recipient],
  });
  const path = `/sessions/${reader}/groups/${encodeURIComponent(group.jid)}`;

  const live = await client.call('GET', path);
  await eventually(async () => assert.equal((await client.call('GET', path)).status, 200));
  await client.call('POST', `/sessions/${reader}:stop`);
  const stored = await client.call('GET', path);
  const members = await client.call('GET', `${path}/members`);
  const unknown = await client.call('GET', `/sessions/${reader}/groups/120363999999999999@g.us`);

  assert.equal(live.status, 200);
  const body = v.parse(v.looseObject({ subject: v.string(), participantCount: v.number() }), stored.body);
  assert.deepEqual([body.subject, body.participantCount], ['Readable', 3]);
  const list = v.parse(
    v.object({ data: v.array(v.looseObject({ jid: v.nullable(v.string()), role: v.string() })) }),
    members.body,
  );
  const admin = list.data.find(({ jid }) => jid === `${recipient}@s.whatsapp.net`);
  assert.notEqual(admin?.role, 'member');
  assert.equal(unknown.status, 404);
});
