import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BaileysEventMap, WASocket } from '@whiskeysockets/baileys';
import type { Simulator } from '../../simulator/simulator.ts';
import { linkedClient } from './support/client.ts';
import { next } from './support/events.ts';
import { isTrouble } from './support/ledger.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';

for (const addressing of ['lid', 'pn'] as const) {
  test(`the metadata of a group that is addressed by ${addressing} is what its members read`, async () => {
    await using simulator = await withContacts();
    const { socket } = await linkedClient(simulator, PHONE);
    const options = { subject: 'Choir', description: 'We sing', participants: [ADA, PHONE], addressing };
    const group = simulator.addGroup({ ...options, announce: true, locked: true, approval: true });

    const read = await socket.groupMetadata(group.jid);

    const [lid, pn] = [`1${ADA.padStart(17, '0')}@lid`, `${ADA}@s.whatsapp.net`];
    const ada = addressing === 'lid' ? { id: lid, phoneNumber: pn } : { id: pn, lid };
    assert.deepEqual(
      { ...read.participants[0] },
      { phoneNumber: undefined, lid: undefined, username: undefined, admin: 'superadmin', ...ada },
    );
    assert.equal(read.id, group.jid);
    assert.equal(read.subject, 'Choir');
    assert.equal(read.desc, 'We sing');
    assert.equal(read.addressingMode, addressing);
    assert.deepEqual([read.size, read.owner, read.participants.length], [2, ada.id, 2]);
    assert.deepEqual([read.announce, read.restrict, read.joinApprovalMode], [true, true, true]);
  });

  test(`a message to a group that is addressed by ${addressing} reaches every device of every member once`, async () => {
    await using simulator = await withContacts();
    const { socket } = await linkedClient(simulator, PHONE);
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, BEN, PHONE], addressing });

    const first = await text(socket, group.jid, 'one');
    const second = await text(socket, group.jid, 'two');
    await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id: second }).length === 4);

    const once = { [`${ADA}:0`]: 1, [`${ADA}:1`]: 1, [`${BEN}:0`]: 1, [`${PHONE}:0`]: 1 };
    for (const id of [first, second]) {
      assert.deepEqual(simulator.ledger.tally(id), { arrivals: 1, resends: 0, acks: 1, decrypted: once });
    }
    const [delivery] = simulator.ledger.deliveries({ id: second, to: BEN });
    assert.deepEqual([delivery?.chat, delivery?.text, delivery?.ownCopy], [group.jid, 'two', false]);
    assert.equal(simulator.ledger.deliveries({ id: second, to: PHONE })[0]?.ownCopy, true);
    assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
  });

  test(`members of a group that is addressed by ${addressing} confirm by address, and the client gets the receipts`, async () => {
    await using simulator = await withContacts();
    const { socket } = await linkedClient(simulator, PHONE, { emitOwnEvents: false });
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE], addressing });
    const ada = addressing === 'lid' ? `1${ADA.padStart(17, '0')}@lid` : `${ADA}@s.whatsapp.net`;
    const read = next(socket, 'message-receipt.update', (updates) =>
      updates.some(({ receipt }) => receipt.userJid === ada && receipt.readTimestamp !== undefined),
    );

    const id = await text(socket, group.jid, 'hello');

    const [update] = await read;
    assert.equal(update?.key.id, id);
    assert.equal(update?.key.remoteJid, group.jid);
  });

  test(`a text in a group that is addressed by ${addressing} reaches the client, before and after a key it knows`, async () => {
    await using simulator = await withContacts();
    const { socket } = await linkedClient(simulator, PHONE);
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE], addressing });

    for (const words of ['one', 'two']) {
      const arrival = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.conversation === words);
      const id = await group.sendText(ADA, words);
      const [message] = (await arrival).messages;
      assert.equal(message?.key.id, id);
      assert.equal(message?.key.remoteJid, group.jid);
      assert.equal(message?.key.participantAlt?.split('@')[1], addressing === 'lid' ? 's.whatsapp.net' : 'lid');
    }
  });

  test(`two linked clients write to each other in a group that is addressed by ${addressing}`, async () => {
    await using simulator = await withContacts();
    const one = await linkedClient(simulator, PHONE);
    const two = await linkedClient(simulator, '15557654321');
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE, '15557654321'], addressing });
    const atTwo = next(two.socket, 'messages.upsert', says('hello'));
    const atOne = next(one.socket, 'messages.upsert', says('hello yourself'));

    const id = await text(one.socket, group.jid, 'hello');
    assert.equal((await atTwo).messages[0]?.key.id, id);
    const answer = await text(two.socket, group.jid, 'hello yourself');
    assert.equal((await atOne).messages[0]?.key.id, answer);

    await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id: answer }).length === 4);
    assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
  });
}

test('changes by others reach the client as events', async () => {
  await using simulator = await withContacts();
  const { socket } = await linkedClient(simulator, PHONE);
  const made = next(socket, 'groups.upsert');
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  assert.equal((await made)[0]?.subject, 'Choir');

  for (const [action, change] of [
    ['add', () => group.add(BEN)],
    ['promote', () => group.promote(BEN)],
    ['demote', () => group.demote(BEN)],
    ['remove', () => group.remove(BEN)],
  ] as const) {
    const heard = next(socket, 'group-participants.update', (update) => update.action === action);
    change();
    const { id, participants } = await heard;
    assert.deepEqual([id, participants[0]?.phoneNumber], [group.jid, `${BEN}@s.whatsapp.net`]);
  }
  const renamed = next(socket, 'groups.update', ([update]) => update?.subject === 'Band');
  group.setSubject('Band');
  await renamed;
  const relinked = next(socket, 'groups.update', ([update]) => update?.inviteCode === group.invite);
  group.resetInvite();
  await relinked;
  assert.deepEqual(group.participants(), [
    { phone: ADA, role: 'superadmin' },
    { phone: PHONE, role: 'member' },
  ]);
});

test('a link leads into the group, and every refusal has its own code', async () => {
  await using simulator = await withContacts();
  const { socket } = await linkedClient(simulator, PHONE);
  const open = simulator.addGroup({ subject: 'Open', participants: [ADA], invite: 'OPEN' });
  const full = simulator.addGroup({ subject: 'Full', participants: [ADA, BEN], capacity: 2 });
  const dead = simulator.addGroup({ subject: 'Dead', participants: [ADA] });
  dead.expireInvite();
  const joined = next(socket, 'groups.upsert', ([group]) => group?.id === open.jid);

  assert.equal((await socket.groupGetInviteInfo('OPEN')).subject, 'Open');
  assert.equal(await socket.groupAcceptInvite('OPEN'), open.jid);
  await joined;
  assert.deepEqual(
    open.participants().map(({ phone }) => phone),
    [ADA, PHONE],
  );
  assert.equal(await refusal(socket.groupAcceptInvite('OPEN')), 409);
  assert.equal(await refusal(socket.groupAcceptInvite('NEVER-MADE')), 406);
  assert.equal(await refusal(socket.groupAcceptInvite(full.invite)), 419);
  assert.equal(await refusal(socket.groupAcceptInvite(dead.invite)), 410);
  assert.equal(await refusal(socket.groupGetInviteInfo(dead.invite)), 410);
  const revoked = open.invite;
  open.resetInvite();
  assert.equal(await refusal(socket.groupAcceptInvite(revoked)), 410);
  open.remove(PHONE);
  assert.equal(await refusal(socket.groupAcceptInvite(open.invite)), 401);
});

test('where an admin has to approve, a link leads to a request', async () => {
  await using simulator = await withContacts();
  const { socket } = await linkedClient(simulator, PHONE);
  const admin = await linkedClient(simulator, '15557654321');
  const group = simulator.addGroup({ subject: 'Choir', participants: ['15557654321'], approval: true });
  const asked = next(admin.socket, 'group.join-request');

  assert.equal(await socket.groupAcceptInvite(group.invite), undefined);
  assert.equal((await asked).participantPn, `${PHONE}@s.whatsapp.net`);
  assert.deepEqual(group.applicants(), [PHONE]);
  assert.equal(await refusal(socket.groupAcceptInvite(group.invite)), 409);
  assert.equal(await refusal(socket.groupMetadata(group.jid)), 403);
  const joined = next(socket, 'groups.upsert', ([made]) => made?.id === group.jid);
  group.approve(PHONE);
  await joined;
  assert.deepEqual(Object.keys(await socket.groupFetchAllParticipating()), [group.jid]);
});

test('a client leaves, manages its own link, and is refused what it may not do', async () => {
  await using simulator = await withContacts();
  const { socket } = await linkedClient(simulator, PHONE);
  const own = simulator.addGroup({ subject: 'Own', participants: [PHONE, ADA] });
  const other = simulator.addGroup({ subject: 'Other', participants: [ADA, PHONE], announce: true });

  assert.equal(await socket.groupInviteCode(own.jid), own.invite);
  assert.equal(await socket.groupRevokeInvite(own.jid), own.invite);
  assert.equal(await refusal(socket.groupInviteCode(other.jid)), 401);
  const unheard = await text(socket, other.jid, 'may I?');
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === unheard);
  assert.equal(simulator.ledger.stanzas({ id: unheard, tag: 'ack', direction: 'out' })[0]?.attrs['error'], '403');
  await socket.groupLeave(own.jid);
  assert.deepEqual(own.participants(), [{ phone: ADA, role: 'member' }]);
  assert.equal(await refusal(socket.groupMetadata(own.jid)), 403);
  assert.equal(await refusal(socket.groupMetadata('120363999999999999@g.us')), 404);
});

async function withContacts(): Promise<Simulator> {
  const simulator = await startSimulator();
  simulator.addContact({ phone: ADA, devices: 2 });
  simulator.addContact({ phone: BEN, devices: 1 });
  return simulator;
}

async function text(socket: WASocket, jid: string, words: string): Promise<string> {
  const sent = await socket.sendMessage(jid, { text: words });
  return sent?.key.id ?? '';
}

function says(words: string): (event: BaileysEventMap['messages.upsert']) => boolean {
  return ({ messages }) => messages[0]?.message?.extendedTextMessage?.text === words && messages[0].key.fromMe !== true;
}

/** The code with which the server refuses a query. */
async function refusal(query: Promise<unknown>): Promise<unknown> {
  const error: unknown = await query.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error && 'data' in error ? error.data : error;
}
