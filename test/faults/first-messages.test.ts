import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everybodyWrites } from '../flows/support/first-messages.ts';

test('900 people who write for the first time at once are all told at the first delivery, and the prekeys are refilled', async () => {
  const { signal } = await everybodyWrites(900, 812);

  assert.equal(signal.askedByClients, 0);
});
