import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedClient, sendText } from './support/client.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';

/** The tags of the changes that clients were notified of. */
function notices(simulator: Awaited<ReturnType<typeof startSimulator>>): string[] {
  const stanzas = simulator.ledger.stanzas({ tag: 'notification', direction: 'out' });
  return stanzas.filter(({ attrs }) => attrs['type'] === 'w:gp2').flatMap(({ children }) => children);
}

test('a message in the wrong name space is refused with 421, and one in the right name space is taken', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE], addressing: 'pn' });
  const known = await socket.groupMetadata(group.jid);
  const { body } = await request(simulator, 'PATCH', `/groups/${group.jid}`, { addressing: 'lid' });
  assert.equal(body['addressing'], 'lid');

  const stale = await linkedClient(simulator, '15551234568', { cachedGroupMetadata: async () => known });
  group.add('15551234568');
  const refused = await sendText(stale.socket, group.jid, 'as before');
  const taken = await sendText(socket, group.jid, 'as it is');

  const { attrs } = await simulator.ledger
    .waitFor(
      (entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === refused && entry.direction === 'out',
    )
    .then((entry) => (entry.kind === 'stanza' ? entry : assert.fail()));
  assert.equal(attrs['error'], '421');
  await simulator.ledger.waitForDelivery({ to: ADA, id: taken });
  assert.deepEqual(simulator.ledger.deliveries({ id: refused }), []);
});

test('the timer of a group is in its metadata, and its members are notified unless it is changed silently', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  const path = `/groups/${group.jid}`;

  await request(simulator, 'PATCH', path, { ephemeral: 86_400 });
  assert.equal((await socket.groupMetadata(group.jid)).ephemeralDuration, 86_400);
  await request(simulator, 'PATCH', path, { ephemeral: 604_800, subject: 'Band', notify: false });
  const silently = await socket.groupMetadata(group.jid);
  assert.deepEqual([silently.ephemeralDuration, silently.subject], [604_800, 'Band']);
  await request(simulator, 'PATCH', path, { ephemeral: 0 });

  assert.equal((await socket.groupMetadata(group.jid)).ephemeralDuration, undefined);
  assert.deepEqual(notices(simulator), ['create', 'ephemeral', 'not_ephemeral']);
});

for (const addressing of ['lid', 'pn'] as const) {
  test(`a member of a group with ${addressing} addressing who changes the number keeps place and role`, async () => {
    await using simulator = await startSimulator();
    await linkedClient(simulator, PHONE);
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE], admins: [ADA], addressing });
    const change = { phone: ADA, action: 'changeNumber', to: BEN };

    const { status, body } = await request(simulator, 'POST', `/groups/${group.jid}/members`, change);

    assert.equal(status, 200);
    assert.deepEqual(body['participants'], [
      { phone: BEN, role: 'superadmin' },
      { phone: PHONE, role: 'member' },
    ]);
    assert.deepEqual(notices(simulator), ['create', 'modify']);
    const again = await request(simulator, 'POST', `/groups/${group.jid}/members`, change);
    assert.equal(again.status, 404);
  });
}

test('a client that is told that its groups are out of date asks for all of them at once', async () => {
  await using simulator = await startSimulator();
  await linkedClient(simulator, PHONE);
  simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });

  const told = await request(simulator, 'POST', `/clients/${PHONE}/dirty`, { type: 'groups' });

  assert.equal(told.status, 204);
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.attrs['xmlns'] === 'w:g2' && entry.children.includes('participating'),
  );
  assert.equal((await request(simulator, 'POST', `/clients/${BEN}/dirty`, { type: 'groups' })).status, 404);
});
