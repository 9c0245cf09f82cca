import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrivacyTokens } from '../../../../src/actors/socket/signal/privacy-tokens.ts';
import { SignalKeyStore } from '../../../../src/actors/socket/signal/signal-key-store.ts';
import { SignalTransactions } from '../../../../src/actors/socket/signal/signal-transactions.ts';
import { credentials } from '../../../../src/store/records/sessions/credentials.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const pn = '15550000001@s.whatsapp.net';
const lid = '100000015550000001@lid';
const weekSeconds = 7 * 24 * 60 * 60;
/** In the middle of an interval. */
const now = 2_960.5 * weekSeconds;

async function opened() {
  const store = await openMemoryStore();
  const identity = await credentials(store).create({ organization: 'acme', session: 'one' });
  const keys = new SignalTransactions(new SignalKeyStore(identity, () => undefined));
  let lidOfNumber: string | null = null;
  let seconds = now;
  const addresses = { getLIDForPN: async () => lidOfNumber, getPNForLID: async () => pn };
  const tokens = new PrivacyTokens(keys, addresses, () => seconds * 1_000);
  return {
    keys,
    tokens,
    learnLid: () => {
      lidOfNumber = lid;
    },
    pass: (passed: number) => {
      seconds += passed;
    },
    stored: async (name: string) => (await keys.get('tctoken', [name]))[name],
  };
}

function received(contact: string, text: string, issuedAt: number, ownIssuedAt?: number) {
  return { contact, token: Buffer.from(text), issuedAt, ownIssuedAt };
}

test('a token that was stored under a number is found under the LID once that is known', async () => {
  const { tokens, learnLid, stored } = await opened();
  await tokens.store([received(pn, 'by number', now - 10, now - 5)]);
  await tokens.prepare(pn);
  assert.notEqual(await stored(pn), undefined);

  learnLid();
  await tokens.prepare(pn);

  assert.equal(await stored(pn), undefined);
  assert.deepEqual(await stored(lid), {
    token: Buffer.from('by number'),
    timestamp: String(now - 10),
    senderTimestamp: now - 5,
  });
});

test('the newer token is kept, and the later time of our own', async () => {
  const { tokens, stored } = await opened();
  await tokens.store([received(lid, 'newer', now - 10, now - 900)]);
  await tokens.store([received(lid, 'older', now - 20, now - 5)]);
  assert.equal((await stored(lid))?.token.toString(), 'newer');

  await tokens.store([received(pn, 'older still', now - 30, now - 5)]);
  await tokens.prepare(lid);

  const { token, senderTimestamp } = (await stored(lid)) ?? { token: Buffer.alloc(0) };
  assert.deepEqual([token.toString(), senderTimestamp], ['newer', now - 5]);
});

test('expired tokens are not stored', async () => {
  const { tokens, stored } = await opened();

  await tokens.store([received(lid, 'old', now - 4 * weekSeconds), received(pn, 'valid', now - 3 * weekSeconds)]);

  assert.equal(await stored(lid), undefined);
  assert.equal((await stored(pn))?.token.toString(), 'valid');
});

test('our own token is recorded once an interval, and does not displace theirs', async () => {
  const { tokens, learnLid, pass, stored } = await opened();
  learnLid();

  await Promise.all([tokens.recordIssued(pn), tokens.store([received(lid, 'theirs', now)])]);
  const { token, senderTimestamp } = (await stored(lid)) ?? { token: Buffer.alloc(0) };
  assert.deepEqual([token.toString(), senderTimestamp], ['theirs', now]);

  pass(60);
  await tokens.recordIssued(pn);
  assert.equal((await stored(lid))?.senderTimestamp, now);
  pass(weekSeconds);
  await tokens.recordIssued(pn);
  assert.equal((await stored(lid))?.senderTimestamp, now + 60 + weekSeconds);
});
