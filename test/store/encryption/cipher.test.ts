import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { decrypt, encrypt, encryptionKeyOf } from '../../../src/store/encryption/cipher.ts';

const key = encryptionKeyOf(randomBytes(32));
const values = fc.uint8Array({ maxLength: 300 });

test('a decrypted value is the same bytes, with its key and in its context only', () => {
  const other = encryptionKeyOf(randomBytes(32));

  fc.assert(
    fc.property(values, fc.string(), fc.string(), (value, context, elsewhere) => {
      const sealed = encrypt(key, context, value);

      assert.deepEqual(decrypt(key, context, sealed), new Uint8Array(value));
      assert.equal(decrypt(other, context, sealed), null);
      if (elsewhere !== context) assert.equal(decrypt(key, elsewhere, sealed), null);
    }),
  );
});

test('an encrypted value with any one byte changed, or cut anywhere, or continued, is refused', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 255 }), (value, change) => {
      const sealed = encrypt(key, 'here', value);

      for (let at = 0; at < sealed.length; at += 1) {
        const changed = new Uint8Array(sealed);
        changed[at] = (changed[at] ?? 0) ^ change;
        assert.equal(decrypt(key, 'here', changed), null, `byte ${at} was changed`);
        assert.equal(decrypt(key, 'here', sealed.subarray(0, at)), null, `cut at ${at}`);
      }
      assert.equal(decrypt(key, 'here', Buffer.concat([sealed, randomBytes(1)])), null);
    }),
    { numRuns: 30 },
  );
});

test('the same value is never encrypted to the same bytes, and says nothing of the key but its name', () => {
  const secret = key.secret.export();
  const sealed = Array.from({ length: 1_000 }, () => Buffer.from(encrypt(key, 'here', secret)));

  assert.equal(new Set(sealed.map((each) => each.toString('hex'))).size, 1_000);
  assert.equal(new Set(sealed.map((each) => each.subarray(9, 21).toString('hex'))).size, 1_000, 'a nonce came twice');
  for (const each of sealed) assert.equal(each.indexOf(secret), -1);
  assert.equal(sealed[0]?.subarray(1, 9).toString('hex'), key.id);
});
