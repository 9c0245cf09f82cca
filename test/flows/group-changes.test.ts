import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { recipient } from '../support/gateway/environment.ts';
import { GroupBed, heard } from '../support/gateway/group-bed.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const bob = '6281234567891';
const everyone = { [recipient]: 2, [bob]: 1 };

const linked = shared(await linkedBed());
const { bed, client, session } = linked;
const { simulator } = bed;
const groups = new GroupBed(linked);
simulator.addContact({ phone: bob, devices: 1 });

for (const [before, after] of [
  ['pn', 'lid'],
  ['lid', 'pn'],
] as const) {
  test(`a group that has silently moved from ${before} to ${after} gets the message under the same id`, async () => {
    const options = { subject: 'Moving', participants: [own, recipient, bob], addressing: before };
    const group = simulator.addGroup(options);
    await groups.decrypted(await groups.sent(group, { text: 'before' }), everyone);
    const asked = groups.queries().length;

    group.change({ addressing: after });
    const id = await groups.sent(group, { text: 'after' });

    await groups.decrypted(id, everyone);
    assert.equal(groups.queries().length, asked + 1);
    const stanzas = simulator.ledger.stanzas({ direction: 'in', tag: 'message', id });
    assert.deepEqual(
      stanzas.map(({ attrs }) => attrs['addressing_mode']),
      [before, after],
    );
    assert.equal(stanzas[1]?.children.includes('participants'), true);
    assert.equal(simulator.ledger.tally(id).arrivals, 2);
    const members = await eventually(async () => {
      const list = await groups.members(group);
      assert.equal(list.length, 3);
      return list;
    });
    assert.equal(new Set(members.map(({ lid }) => lid)).size, 3);
    assert.equal(new Set(members.map(({ jid }) => jid)).size, 3);
    await groups.decrypted(await groups.sent(group, { text: 'and on' }), everyone);
    assert.equal(groups.queries().length, asked + 1);
  });
}

test('a message that is refused with 421 is sent once more, and no oftener', async () => {
  const group = simulator.addGroup({ subject: 'Refusing', participants: [own, recipient, bob] });
  await groups.decrypted(await groups.sent(group, { text: 'before' }), everyone);
  const asked = groups.queries().length;

  simulator.faults.add({ kind: 'error-ack', code: 421, to: group.jid, times: 1 });
  const id = await groups.sent(group, { text: 'after one refusal' });
  await groups.decrypted(id, everyone);
  assert.equal(groups.queries().length, asked + 1);
  simulator.faults.add({ kind: 'error-ack', code: 421, to: group.jid, times: 2 });
  const refused = await groups.send(group, { text: 'after two refusals' });

  assert.equal(refused.status, 502);
  assert.match(JSON.stringify(refused.body), /421/);
  assert.equal(groups.queries().length, asked + 2);
});

test('a message that is sent once more is typed once', async () => {
  const group = simulator.addGroup({ subject: 'Typing', participants: [own, recipient, bob] });
  await client.call('PATCH', `/sessions/${session}`, { presenceTyping: true });
  simulator.faults.add({ kind: 'error-ack', code: 421, to: group.jid, times: 1 });

  await groups.decrypted(await groups.sent(group, { text: 'typed' }), everyone);

  assert.equal(simulator.ledger.typing({ to: group.jid }).length, 1);
  await client.call('PATCH', `/sessions/${session}`, { presenceTyping: false });
});

test('members who never got the sender key of a refused message get it with the next one', async () => {
  const group = simulator.addGroup({ subject: 'Refusing the first', participants: [own, recipient, bob] });

  simulator.faults.add({ kind: 'error-ack', code: 500, to: group.jid, times: 1 });
  assert.equal((await groups.send(group, { text: 'refused' })).status, 502);
  const id = await groups.sent(group, { text: 'taken' });

  await groups.decrypted(id, everyone);
  assert.equal(simulator.ledger.tally(id).arrivals, 1);
});

test('fifty changes in a row are few queries, and all members are known at the end', async () => {
  const group = simulator.addGroup({ subject: 'Busy', participants: [own, recipient] });
  await groups.sent(group, { text: 'before' });
  const asked = groups.queries().length;

  for (let member = 0; member < 50; member += 1) group.add(`1555000${1000 + member}`);

  await eventually(async () => assert.equal((await groups.members(group)).length, 52));
  const queries = groups.queries().length - asked;
  assert.ok(queries <= 10, `${queries} queries`);
});

test('groups that are out of date are asked for all at once, and only what has changed is told', async () => {
  const number = '491700000002';
  const many = Array.from({ length: 300 }, (_, index) =>
    simulator.addGroup({ subject: `Group ${index}`, participants: [number, recipient] }),
  );
  const [first, last] = [many[0], many[299]];
  assert.ok(first !== undefined && last !== undefined);
  const busy = await client.linked(simulator, number);
  await using stream = await groups.events(`?event=group.update&session=${busy}`);

  simulator.tellDirty(number, 'groups');
  await stream.untilThat(() => stream.events.length === 300);
  last.change({ subject: 'Renamed', notify: false });
  simulator.tellDirty(number, 'groups');
  const { payload } = await heard(stream, ({ payload: told }) => told['subject'] === 'Renamed');
  assert.deepEqual([payload['groupJid'], payload['isMember']], [last.jid, true]);
  assert.equal((await client.sendText(busy, first.jid, 'nothing new')).status, 200);

  const queries = groups.queries(number).map(({ children }) => children[0]);
  assert.deepEqual(queries, ['participating', 'participating']);
  assert.equal(stream.events.length, 301);
});

test('a message to a group carries the timer that the group has by now', async () => {
  const group = simulator.addGroup({ subject: 'Disappearing', participants: [own, recipient] });
  const expiration = async (): Promise<string | undefined> => {
    const id = await groups.sent(group, { text: 'for a while' });
    return simulator.ledger.stanzas({ direction: 'in', tag: 'message', id })[0]?.attrs['expiration'];
  };
  assert.equal(await expiration(), undefined);

  group.change({ ephemeral: 86_400 });
  await eventually(async () => assert.equal(await expiration(), '86400'));
  group.change({ ephemeral: 0 });

  await eventually(async () => assert.equal(await expiration(), undefined));
});

test('what is no news of groups is left to Baileys', async () => {
  for (let notice = 0; notice < 2; notice += 1) simulator.tellDirty(own, 'account_sync');

  await eventually(() => {
    const queries = simulator.ledger.stanzas({ direction: 'in', tag: 'iq', account: own });
    assert.ok(queries.some(({ attrs }) => attrs['xmlns'] === 'urn:xmpp:whatsapp:dirty'));
  });
});

test('a group that the number was removed from is gone, is told, and comes back', async () => {
  const group = simulator.addGroup({ subject: 'Leaving', participants: [recipient, own] });
  await groups.sent(group, { text: 'before' });
  await eventually(async () => assert.equal((await groups.get(group)).status, 200));
  await using stream = await groups.events('?event=group.update');

  group.remove(own);

  const { payload } = await heard(stream, ({ payload: { groupJid } }) => groupJid === group.jid);
  assert.deepEqual([payload['subject'], payload['isMember']], ['Leaving', false]);
  assert.equal((await groups.get(group)).status, 404);
  const refused = await groups.send(group, { text: 'not any more' });
  assert.equal(refused.status, 502);
  assert.match(JSON.stringify(refused.body), /403: the number is not a member of the group/);
  assert.equal((await client.session(session)).status, 'connected');

  group.add(own);
  await heard(stream, ({ payload: told }) => told['groupJid'] === group.jid && told['isMember'] === true);
  assert.equal((await groups.get(group)).status, 200);
  await groups.decrypted(await groups.sent(group, { text: 'again' }), { [recipient]: 2 });
});

test('a group that has silently removed the number is gone with the first message that it refuses', async () => {
  const group = simulator.addGroup({ subject: 'Silently', participants: [recipient, own] });
  await groups.sent(group, { text: 'before' });
  await using stream = await groups.events('?event=group.update');

  group.remove(own, { notify: false });
  assert.equal((await groups.send(group, { text: 'not any more' })).status, 502);

  await heard(stream, ({ payload }) => payload['groupJid'] === group.jid && payload['isMember'] === false);
  assert.equal((await groups.get(group)).status, 404);
});

test('a removal while the session was stopped is told, whether WhatsApp announces it or not', async () => {
  const announced = simulator.addGroup({ subject: 'Announced', participants: [recipient, own] });
  const silent = simulator.addGroup({ subject: 'Silent', participants: [recipient, own] });
  const refusing = simulator.addGroup({ subject: 'Refusing', participants: [recipient, own] });
  const all = [announced, silent, refusing];
  for (const group of all) {
    await groups.sent(group, { text: 'before' });
    await eventually(async () => assert.equal((await groups.get(group)).status, 200));
  }
  await using stream = await groups.events('?event=group.update');
  const isGone = async (jid: string) => {
    await heard(stream, ({ payload }) => payload['groupJid'] === jid && payload['isMember'] === false);
    assert.equal((await groups.get({ jid })).status, 404);
  };

  await client.call('POST', `/sessions/${session}:stop`);
  await client.until(session, 'stopped');
  announced.remove(own);
  for (const group of [silent, refusing]) group.remove(own, { notify: false });
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');

  await isGone(announced.jid);
  assert.equal((await groups.send(refusing, { text: 'still?' })).status, 502);
  await isGone(refusing.jid);
  simulator.tellDirty(own, 'groups');
  await isGone(silent.jid);
  assert.equal((await client.session(session)).status, 'connected');
});

for (const addressing of ['pn', 'lid'] as const) {
  test(`a member of a group with ${addressing} addressing who has a new number gets the next message`, async () => {
    const cleo = addressing === 'pn' ? '6281234567892' : '6281234567893';
    simulator.addContact({ phone: cleo, devices: 2 });
    const group = simulator.addGroup({ subject: 'New number', participants: [own, recipient, bob], addressing });
    await groups.decrypted(await groups.sent(group, { text: 'before' }), everyone);

    group.changeNumber(bob, cleo);

    await eventually(async () => {
      const members = await groups.members(group);
      assert.deepEqual(
        members.map(({ jid }) => jid),
        [own, recipient, cleo].map((phone) => `${phone}@s.whatsapp.net`),
      );
    });
    await groups.decrypted(await groups.sent(group, { text: 'after' }), { [recipient]: 2, [cleo]: 2 });
  });
}
