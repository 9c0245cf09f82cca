import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getBinaryNodeChild, getBinaryNodeChildren, type WASocket } from '@whiskeysockets/baileys';
import { linkedClient, sendText } from './support/client.ts';
import { next } from './support/events.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';

/** What the server answers for each device that it is asked for the keys of: an error code, or the tags of the keys. */
async function keysOf(socket: WASocket, jids: string[]): Promise<unknown[]> {
  const users = jids.map((jid) => ({ tag: 'user', attrs: { jid } }));
  const answer = await socket.query({
    tag: 'iq',
    attrs: { xmlns: 'encrypt', type: 'get', to: '@s.whatsapp.net' },
    content: [{ tag: 'key', attrs: {}, content: users }],
  });
  return getBinaryNodeChildren(getBinaryNodeChild(answer, 'list'), 'user').map(
    (user) => getBinaryNodeChild(user, 'error')?.attrs['code'] ?? getBinaryNodeChildren(user, 'key').length,
  );
}

test('a device may have no keys, or no one-time prekeys, and is answered for by itself', async () => {
  await using simulator = await startSimulator();
  const added = await request(simulator, 'POST', '/contacts', { phone: ADA, devices: 3, keyless: [1] });
  assert.equal(added.status, 201);
  const { socket } = await linkedClient(simulator, PHONE);
  const jids = [0, 1, 2].map((device) => `${ADA}:${device}@s.whatsapp.net`);

  assert.deepEqual(await keysOf(socket, jids), [1, '404', 1]);
  await request(simulator, 'POST', `/contacts/${ADA}/keys`, { device: 1, code: 406 });
  assert.deepEqual(await keysOf(socket, jids), [1, '406', 1]);
  await request(simulator, 'POST', `/contacts/${ADA}/keys`, { device: 1, code: 0 });
  assert.deepEqual(await keysOf(socket, jids), [1, 1]);
  await request(simulator, 'POST', `/contacts/${ADA}/keys`, { device: 1, code: null });
  await request(simulator, 'POST', `/contacts/${ADA}/prekeys`, { left: 0 });
  assert.deepEqual(await keysOf(socket, jids), [0, 0, 0]);
});

test('clients are told of devices that come, go and begin anew, unless they are not to be', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: ADA });
  await linkedClient(simulator, PHONE);
  const path = `/contacts/${ADA}`;

  const added = await request(simulator, 'POST', `${path}/devices`, { action: 'add' });
  await request(simulator, 'POST', `${path}/devices`, { action: 'add', notify: false });
  await request(simulator, 'POST', `${path}/devices`, { action: 'remove', device: 1 });
  await request(simulator, 'POST', `${path}/reinstall`);
  await request(simulator, 'POST', `${path}/reinstall`, { notify: false });
  const unknown = await request(simulator, 'POST', `${path}/devices`, { action: 'remove', device: 1 });
  const own = await request(simulator, 'POST', `/phones/${PHONE}/devices`, { action: 'add' });

  assert.deepEqual([added.body, unknown.status, own.body], [{ device: 2 }, 404, { device: 2 }]);
  const told = () =>
    simulator.ledger
      .stanzas({ direction: 'out', tag: 'notification' })
      .map(({ from, attrs, children }) => [from?.split('@')[0], attrs['type'], ...children]);
  assert.deepEqual(told(), [
    [ADA, 'devices', 'add'],
    [ADA, 'devices', 'remove'],
    [ADA, 'encrypt', 'identity'],
    [PHONE, 'account_sync', 'devices'],
  ]);
});

test('an ack has the hash of the participants, of a message to a person only when a device is missing', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, asks: 'never' });
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  const hashOf = async (jid: string) => {
    const id = await sendText(socket, jid, 'hello');
    const ack = await simulator.ledger.waitFor(
      (entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === id && entry.direction === 'out',
    );
    return ack.kind === 'stanza' ? ack.attrs['phash'] : undefined;
  };

  const [complete, ofGroup] = [await hashOf(ada.jid), await hashOf(group.jid)];
  ada.addDevice({ notify: false });
  const [missing, ofGroupWithMore] = [await hashOf(ada.jid), await hashOf(group.jid)];

  assert.equal(complete, undefined);
  for (const hash of [ofGroup, missing, ofGroupWithMore]) assert.match(hash ?? '', /^2:[A-Za-z0-9+/]{8}$/);
  assert.notEqual(ofGroup, ofGroupWithMore);
});

for (const { addressing, address } of [
  { addressing: 'pn', address: `${ADA}:99@hosted` },
  { addressing: 'lid', address: `1000000${ADA}:99@hosted.lid` },
]) {
  test(`a hosted device writes from an address of its own, by ${addressing}`, async () => {
    await using simulator = await startSimulator();
    await request(simulator, 'POST', '/contacts', { phone: ADA, hosted: true, addressing });
    const { socket } = await linkedClient(simulator, PHONE);
    const told = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.key.fromMe === false);

    const { body } = await request(simulator, 'POST', `/contacts/${ADA}/hosted-messages`, { to: PHONE, text: 'hello' });

    const [message] = (await told).messages;
    assert.deepEqual([message?.key.id, message?.message?.conversation], [body.id, 'hello']);
    const [sent] = simulator.ledger.stanzas({ id: body.id ?? '', direction: 'out', tag: 'message' });
    assert.equal(sent?.from, address);
  });
}

test('devices request a retry late or never', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1, asks: 'never' });
  const { socket } = await linkedClient(simulator, PHONE);
  const requested = (id: string) =>
    simulator.ledger.stanzas({ id, direction: 'out', tag: 'receipt' }).some(({ attrs }) => attrs['type'] === 'retry');

  ada.failDecryption({ times: 1 });
  const never = await sendText(socket, ada.jid, 'one');
  await simulator.ledger.waitFor((entry) => entry.kind === 'undecryptable' && entry.id === never);
  await request(simulator, 'POST', `/contacts/${ADA}/asks`, { asks: 1 });
  ada.failDecryption({ times: 1 });
  const late = await sendText(socket, ada.jid, 'two');
  await simulator.ledger.waitFor(() => requested(late));

  assert.equal(requested(never), false);
});

test('a message to a group is held back, and others overtake it', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  const texts: string[] = [];
  socket.ws.on('CB:message', ({ attrs }: { attrs: Record<string, string> }) => texts.push(attrs['id'] ?? ''));

  await request(simulator, 'POST', `/contacts/${ADA}/hold`, { times: 1 });
  const held = await ada.sendText(group.jid, 'one');
  const later = await ada.sendText(group.jid, 'two');
  await request(simulator, 'POST', `/contacts/${ADA}/release`);
  await simulator.ledger.waitFor(() => texts.includes(held));

  const arrived = texts.filter((id) => id === held || id === later);
  assert.deepEqual([...new Set(arrived)], [later, held]);
});
