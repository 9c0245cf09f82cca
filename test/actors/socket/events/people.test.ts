import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contactIn, peopleIn } from '../../../../src/actors/socket/events/people.ts';

const own = { id: '15551234567:1@s.whatsapp.net', lid: '100000015551234567:1@lid' };
const ada = { jid: '15550000001@s.whatsapp.net', lid: '100000015550000001@lid', username: null };
const group = { jid: '120363021234567890@g.us', lid: null, username: null };

test('the other address in the key of a message is that of the person, in either order', () => {
  const byLid = peopleIn({ remoteJid: ada.lid, remoteJidAlt: ada.jid, fromMe: false }, own);
  const byNumber = peopleIn({ remoteJid: ada.jid, remoteJidAlt: ada.lid, fromMe: false }, own);
  const byDevice = peopleIn({ remoteJid: ada.lid, remoteJidAlt: '15550000001:3@s.whatsapp.net', fromMe: true }, own);

  assert.deepEqual(
    [byLid, byNumber],
    [
      { chat: ada, sender: ada },
      { chat: ada, sender: ada },
    ],
  );
  assert.deepEqual(byDevice, { chat: ada, sender: null });
});

test('an address of our own, one of the same kind, and a username of ours are not of the other person', () => {
  const alone = { jid: ada.jid, lid: null, username: null };
  for (const remoteJidAlt of ['100000015551234567@lid', '15550000002@s.whatsapp.net', group.jid, '']) {
    assert.deepEqual(peopleIn({ remoteJid: ada.jid, remoteJidAlt, fromMe: true }, own).chat, alone);
  }
  const received = peopleIn({ remoteJid: ada.jid, remoteJidUsername: 'ourselves', fromMe: false }, own);
  assert.deepEqual(received.sender, alone);
  const typed = peopleIn({ remoteJid: ada.jid, remoteJidUsername: 'ada', fromMe: true }, own);
  assert.equal(typed.chat.username, 'ada');
});

test('in a group the sender has addresses and a username, and the group is the chat', () => {
  const key = { remoteJid: group.jid, participant: ada.lid, participantAlt: ada.jid, participantUsername: 'ada' };

  assert.deepEqual(peopleIn({ ...key, fromMe: false }, own), { chat: group, sender: { ...ada, username: 'ada' } });
  assert.deepEqual(peopleIn({ ...key, fromMe: true }, own), { chat: group, sender: null });
});

test('what Baileys leaves out of the key is read from the stanza', () => {
  const read = (attrs: Record<string, string>) => contactIn({ tag: 'message', attrs: { id: 'M1', ...attrs } }, own);
  const device = '100000015550000001:2@lid';

  assert.deepEqual(read({ from: device, username: 'ada' }), { jid: null, lid: ada.lid, username: 'ada' });
  // From our number, of a chat by LID: Baileys looks for a LID then.
  const copy = { from: own.id, recipient: ada.lid, peer_recipient_pn: ada.jid, peer_recipient_username: 'ada' };
  assert.deepEqual(read(copy), { ...ada, username: 'ada' });
  assert.equal(read({ from: device, sender_pn: ada.jid }), null);
  assert.equal(read({ from: group.jid, participant: device, username: 'ada' }), null);
  assert.equal(read({ from: own.id, category: 'peer', username: 'ourselves' }), null);
});
