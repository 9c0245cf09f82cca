import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initAuthCreds } from '@whiskeysockets/baileys';
import { isFirstLogin } from '../../../../src/actors/socket/history/history-reader.ts';

test('only credentials that a phone has just accepted wait for a history', () => {
  const unlinked = initAuthCreds();
  const linked = { ...unlinked, account: {} };

  assert.equal(isFirstLogin(unlinked), false);
  assert.equal(isFirstLogin(linked), true);
  assert.equal(isFirstLogin({ ...linked, nextPreKeyId: 813, firstUnuploadedPreKeyId: 813 }), false);
});
