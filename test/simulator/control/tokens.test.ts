import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../../simulator/simulator.ts';
import { eventually } from '../../support/eventually.ts';
import { linkedClient, sendText } from '../support/client.ts';
import { next } from '../support/events.ts';
import { request } from '../support/request.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';
const CLEO = '15550000003';

test('a person who requires a token is reached with one from the history or from a message, and not without', async () => {
  await using simulator = await startSimulator({ fewPreKeys: true });
  for (const phone of [ADA, BEN, CLEO]) {
    const contact = { phone, token: 'required', devices: 1, numbers: 'accepted' };
    const { status, body } = await request(simulator, 'POST', '/contacts', contact);
    assert.deepEqual([status, body['token']], [201, 'required']);
  }
  const history = { chats: [{ phone: ADA, texts: ['long ago'] }, { phone: BEN }], parts: 'inline' };
  assert.equal((await request(simulator, 'PUT', `/phones/${PHONE}/history`, history)).status, 204);
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const lidOf = (phone: string) => simulator.phone(phone).lid;
  const stored = async (phone: string) => (await auth.keys.get('tctoken', [lidOf(phone)]))[lidOf(phone)]?.token.length;
  const acknowledged = async (phone: string) => {
    const id = await sendText(socket, `${phone}@s.whatsapp.net`, 'hello');
    const acks = () => simulator.ledger.stanzas({ id, tag: 'ack', direction: 'out' });
    await simulator.ledger.waitFor(() => acks().length > 0);
    return acks()[0]?.attrs['error'] ?? 'ok';
  };

  await eventually(async () => assert.notEqual(await stored(BEN), undefined));
  assert.deepEqual([await acknowledged(ADA), await acknowledged(BEN), await acknowledged(CLEO)], ['ok', 'ok', '463']);
  await simulator.phone(CLEO).sendText(PHONE, 'hello');
  await eventually(async () => assert.ok(((await stored(CLEO)) ?? 0) > 0));
  assert.equal(await acknowledged(CLEO), 'ok');
});

test('a saved simulator remembers who requires tokens and which it has issued', async () => {
  await using first = await startSimulator({ fewPreKeys: true });
  first.addContact({ phone: ADA, token: 'required' });
  first.knownPhone(PHONE).setHistory({ chats: [{ phone: ADA }] });
  await linkedClient(first, PHONE);

  await using second = await startSimulator({ state: first.save() });

  assert.equal(second.contacts()[0]?.token, 'required');
  assert.match(second.save(), /issuedTokens":\[\["15551234567"/);
});

test('the server says each time that a prekey is taken from a low stock, and how many there are', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, PHONE);
  const stock = async () => (await request(simulator, 'GET', `/clients/${PHONE}`)).body.data[0]?.['preKeys'];
  const full = Number(await stock());
  const notices = () =>
    simulator.ledger
      .stanzas({ tag: 'notification', direction: 'out' })
      .filter(({ attrs }) => attrs['type'] === 'encrypt');

  await request(simulator, 'POST', `/clients/${PHONE}/take-prekeys`, { count: full - 10 });
  assert.deepEqual([await stock(), notices().length], [10, 0]);
  await request(simulator, 'POST', `/clients/${PHONE}/take-prekeys`, { count: 2 });

  assert.deepEqual([await stock(), notices().length], [8, 2]);
  assert.equal((await request(simulator, 'GET', '/clients/4917')).status, 400);
  await socket.end(undefined);
});

test('a message without ciphertext is given by the phone, unless that is turned off', async () => {
  await using simulator = await startSimulator({ fewPreKeys: true });
  simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE);
  const told = next(socket, 'messages.upsert', ({ messages }) =>
    messages.some(({ message }) => message?.conversation === 'from an ad'),
  );

  const sent = await request(simulator, 'POST', `/phones/${ADA}/placeholders`, { to: PHONE, text: 'from an ad' });

  const message = (await told).messages.find(({ key }) => key.id === sent.body.id);
  assert.equal(message?.message?.conversation, 'from an ad');
});

test('a history is refused when it is not one', async () => {
  await using simulator = await startSimulator();

  for (const [body, field] of [
    [{ chats: [{ phone: 'Ada' }] }, 'chats'],
    [{ chats: [{ phone: ADA, token: 'perhaps' }] }, 'chats.0.token'],
    [{ chats: [], parts: 'letter' }, 'parts'],
  ] as const) {
    const answer = await request(simulator, 'PUT', `/phones/${PHONE}/history`, body);
    assert.deepEqual([answer.status, answer.body.error?.details['field']], [400, field]);
  }
});
