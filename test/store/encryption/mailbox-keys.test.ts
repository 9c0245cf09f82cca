import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MailboxKeys } from '../../../src/store/encryption/mailbox-keys.ts';
import { UnknownFormError } from '../../../src/store/unreadable-value.ts';
import { bytes, text } from '../contract/support.ts';

test('only the recipient decrypts a message, not even its sender', () => {
  const [sender, addressee, other] = [new MailboxKeys(), new MailboxKeys(), new MailboxKeys()];

  const sealed = sender.encrypt(addressee.publicKey, bytes('a canary'));

  assert.equal(text(addressee.decrypt(sealed)), 'a canary');
  assert.ok(!Buffer.from(sealed).includes('canary'));
  for (const keys of [sender, other, new MailboxKeys()]) assert.throws(() => keys.decrypt(sealed), UnknownFormError);
});

test('a message that is sent back to its sender as if the recipient had written it is refused', () => {
  const [sender, addressee] = [new MailboxKeys(), new MailboxKeys()];
  const sealed = sender.encrypt(addressee.publicKey, bytes('x'));

  sealed.set(Buffer.from(addressee.publicKey, 'base64url'), 1);

  assert.throws(() => sender.decrypt(sealed), UnknownFormError);
});

test('a message with any byte changed, or cut anywhere, is refused', () => {
  const [sender, addressee] = [new MailboxKeys(), new MailboxKeys()];
  const sealed = sender.encrypt(addressee.publicKey, bytes('x'));

  for (let at = 0; at < sealed.length; at += 1) {
    const changed = new Uint8Array(sealed);
    changed.set([(sealed[at] ?? 0) ^ 1], at);
    assert.throws(() => addressee.decrypt(changed), UnknownFormError, `byte ${at}`);
    assert.throws(() => addressee.decrypt(sealed.subarray(0, at)), UnknownFormError, `${at} bytes`);
  }
  const zeroKey = new Uint8Array(sealed).fill(0, 1, 33);
  assert.throws(() => addressee.decrypt(zeroKey), UnknownFormError);
});

test('many others can be written to, one after the other and again', () => {
  const sender = new MailboxKeys();
  const others = Array.from({ length: 1_100 }, () => new MailboxKeys());

  for (const other of [...others, ...others.slice(0, 10)]) {
    assert.equal(text(other.decrypt(sender.encrypt(other.publicKey, bytes('x')))), 'x');
  }
});
