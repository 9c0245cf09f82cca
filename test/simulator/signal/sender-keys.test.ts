import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SenderKeys } from '../../../simulator/signal/sender-keys.ts';
import { generateKeys, sign, verify } from '../../../simulator/wire/keys.ts';

const GROUP = '120363000000000001@g.us';

test('messages to a group are decrypted in any order, each of them once', () => {
  const { own, reader } = distributedKey();
  const ciphertexts = ['one', 'two', 'three'].map((text) => own.encrypt(Buffer.from(text)));

  const decrypted = [2, 0, 1].map((index) => decrypt(reader, ciphertexts[index]));

  assert.deepEqual(decrypted, ['three', 'one', 'two']);
  for (const message of ciphertexts) assert.throws(() => decrypt(reader, message), /already used/);
});

test('a key that is distributed late decrypts later messages, and distributed again changes nothing', () => {
  const { own, reader } = distributedKey();
  const before = own.encrypt(Buffer.from('before'));
  const latecomer = new SenderKeys();
  latecomer.store(GROUP, 'sender', own.distribution());
  reader.store(GROUP, 'sender', own.distribution());
  const after = own.encrypt(Buffer.from('after'));

  assert.throws(() => decrypt(latecomer, before), /already used/);
  assert.equal(decrypt(latecomer, after), 'after');
  assert.deepEqual([decrypt(reader, after), decrypt(reader, before)], ['after', 'before']);
});

test('a message that was tampered with is refused and uses up no key', () => {
  const { own, reader } = distributedKey();
  const ciphertext = own.encrypt(Buffer.from('hello'));
  const forged = Buffer.from(ciphertext);
  forged[20] = (forged[20] ?? 0) ^ 1;

  assert.throws(() => decrypt(reader, forged));
  assert.throws(() => new SenderKeys().decrypt(GROUP, 'sender', ciphertext), /no sender key/);
  assert.equal(decrypt(reader, ciphertext), 'hello');
});

test('signatures of libsignal verify, and no others', () => {
  for (let round = 0; round < 20; round += 1) {
    const keys = generateKeys();
    const message = Buffer.from(`message ${round}`);
    const signature = sign(keys.private, message);

    assert.equal(verify(keys.public, message, signature), true);
    assert.equal(verify(keys.public, Buffer.from('another'), signature), false);
    assert.equal(verify(generateKeys().public, message, signature), false);
    assert.equal(verify(keys.public, message, signature.subarray(1)), false);
  }
});

function distributedKey() {
  const own = new SenderKeys().own(GROUP);
  const reader = new SenderKeys();
  reader.store(GROUP, 'sender', own.distribution());
  return { own, reader };
}

function decrypt(reader: SenderKeys, message: Buffer = Buffer.alloc(0)): string {
  return reader.decrypt(GROUP, 'sender', message).toString();
}
