import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { proto } from '@whiskeysockets/baileys';
import { voteIn } from '../../../../src/actors/socket/events/votes.ts';

const own = { id: '15551234567:1@s.whatsapp.net', lid: '100000015551234567:1@lid' };
const ada = { jid: '15550000001@s.whatsapp.net', lid: '100000015550000001@lid' };
const pollId = '3EB00089C41B20AB7B30C3';
const secret = randomBytes(32);
const poll = proto.Message.encode({
  pollCreationMessageV3: { name: 'Which?', options: [{ optionName: 'red' }, { optionName: 'green' }] },
  messageContextInfo: { messageSecret: secret },
}).finish();

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** A vote for an option as a client encrypts it, which binds it to an address of the poll's author and one of the voter. */
function sealed(option: string, author: string, voter: string): proto.Message.IPollEncValue {
  const plaintext = proto.Message.PollVoteMessage.encode({
    selectedOptions: [createHash('sha256').update(option).digest()],
  }).finish();
  const info = Buffer.concat([Buffer.from(`${pollId}${author}${voter}Poll Vote`), Buffer.from([1])]);
  const encIv = randomBytes(12);
  const key = hmac(hmac(Buffer.alloc(32), secret), info);
  const cipher = createCipheriv('aes-256-gcm', key, encIv).setAAD(Buffer.from(`${pollId}\0${voter}`));
  return { encIv, encPayload: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

/** What is read of a vote of the own phone in a poll that Ada sent from her LID. */
async function read(author: string, alternates: Record<string, string>) {
  const key = { remoteJid: ada.lid, fromMe: false, id: pollId };
  const vote = sealed('green', author, '15551234567@s.whatsapp.net');
  const message = {
    key: { remoteJid: ada.lid, fromMe: true, id: 'VOTE' },
    message: { pollUpdateMessage: { pollCreationMessageKey: key, vote } },
  };
  return voteIn(message, own, {
    findMessage: async () => Buffer.from(poll).toString('base64'),
    alternateOf: async (jid) => alternates[jid] ?? null,
    now: 1,
  });
}

test('a vote that is bound to an address that its message does not name is read once that is known', async () => {
  assert.deepEqual((await read(ada.lid, {}))?.options, ['green']);
  assert.equal(await read(ada.jid, {}), null);

  const vote = await read(ada.jid, { [ada.lid]: ada.jid });

  assert.deepEqual(vote?.options, ['green']);
  assert.deepEqual(vote.people, {
    chat: { jid: null, lid: ada.lid, username: null },
    sender: { jid: '15551234567@s.whatsapp.net', lid: '100000015551234567@lid', username: null },
  });
});
