import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proto } from '@whiskeysockets/baileys';
import { readHistory } from '../../../../src/actors/socket/history/read-history.ts';

const pn = '15550000001@s.whatsapp.net';
const lid = '100000015550000001@lid';
const token = Buffer.from('a token');

function encoded(history: proto.IHistorySync): Uint8Array {
  return proto.HistorySync.encode(proto.HistorySync.fromObject(history)).finish();
}

test('tokens and pairs are read from chats and from the list, whatever else a history has', () => {
  const bytes = encoded({
    syncType: proto.HistorySync.HistorySyncType.RECENT,
    conversations: [
      {
        id: lid,
        pnJid: pn,
        tcToken: token,
        tcTokenTimestamp: 1_800_000_000,
        tcTokenSenderTimestamp: 1_799_000_000,
        messages: [{ message: { key: { id: 'A', remoteJid: lid }, message: { conversation: 'old' } } }],
        ephemeralExpiration: 86_400,
      },
      { id: '15550000002@s.whatsapp.net', lidJid: '100000015550000002@lid' },
      { id: '120363000000000001@g.us', tcToken: token, tcTokenTimestamp: 1_800_000_000 },
    ],
    phoneNumberToLidMappings: [{ pnJid: '15550000003@s.whatsapp.net', lidJid: '100000015550000003@lid' }],
    pushnames: [{ id: pn, pushname: 'Ada' }],
  });

  assert.deepEqual(readHistory(bytes), {
    pairs: [
      { lid, pn },
      { lid: '100000015550000002@lid', pn: '15550000002@s.whatsapp.net' },
      { lid: '100000015550000003@lid', pn: '15550000003@s.whatsapp.net' },
    ],
    tokens: [{ chat: lid, token, issuedAt: 1_800_000_000, ownIssuedAt: 1_799_000_000 }],
  });
});

test('a token without a time, an empty or a huge one and one of a stranger kind of address is left out', () => {
  const at = { tcTokenTimestamp: 1_800_000_000 };
  const bytes = encoded({
    syncType: proto.HistorySync.HistorySyncType.RECENT,
    conversations: [
      { id: lid, tcToken: token },
      { id: lid, tcToken: Buffer.alloc(0), ...at },
      { id: lid, tcToken: Buffer.alloc(2_000), ...at },
      { id: '15550000001:4@s.whatsapp.net', tcToken: token, ...at },
      { id: '15550000001@hosted', tcToken: token, ...at },
      { id: 'status@broadcast', tcToken: token, ...at },
    ],
  });

  assert.deepEqual(readHistory(bytes), { pairs: [], tokens: [] });
});

test('bytes that are no protobuf message are an error, cut wherever they are', () => {
  const bytes = encoded({ conversations: [{ id: lid, pnJid: pn, tcToken: token, tcTokenTimestamp: 1_800_000_000 }] });

  for (let length = 1; length < bytes.length; length += 1) {
    assert.throws(() => readHistory(bytes.subarray(0, length)), /not a protobuf message/);
  }
  assert.throws(() => readHistory(Buffer.alloc(20, 0xff)), /not a protobuf message/);
});
