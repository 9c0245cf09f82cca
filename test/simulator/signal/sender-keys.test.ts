import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SenderKeys } from '../../../simulator/signal/sender-keys.ts';
import { generateKeys, sign, verify } from '../../../simulator/wire/keys.ts';

const GROUP = '120363000000000001@g.us';

test('messages to a group open in any order, and each of them once', () => {
  const { own, reader } = introduced();
  const sealed = ['one', 'two', 'three'].map((text) => own.seal(Buffer.from(text)));

  const opened = [2, 0, 1].map((index) => open(reader, sealed[index]));

  assert.deepEqual(opened, ['three', 'one', 'two']);
  for (const message of sealed) assert.throws(() => open(reader, message), /used already/);
});

test('a key that is handed out late opens what comes after it, and handed out again changes nothing', () => {
  const { own, reader } = introduced();
  const before = own.seal(Buffer.from('before'));
  const latecomer = new SenderKeys();
  latecomer.learn(GROUP, 'sender', own.distribution());
  reader.learn(GROUP, 'sender', own.distribution());
  const after = own.seal(Buffer.from('after'));

  assert.throws(() => open(latecomer, before), /used already/);
  assert.equal(open(latecomer, after), 'after');
  assert.deepEqual([open(reader, after), open(reader, before)], ['after', 'before']);
});

test('a message that was tampered with is refused and spends no key', () => {
  const { own, reader } = introduced();
  const sealed = own.seal(Buffer.from('hello'));
  const forged = Buffer.from(sealed);
  forged[20] = (forged[20] ?? 0) ^ 1;

  assert.throws(() => open(reader, forged));
  assert.throws(() => new SenderKeys().open(GROUP, 'sender', sealed), /no sender key/);
  assert.equal(open(reader, sealed), 'hello');
});

test('signatures are those of libsignal, and none other', () => {
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

function introduced() {
  const own = new SenderKeys().own(GROUP);
  const reader = new SenderKeys();
  reader.learn(GROUP, 'sender', own.distribution());
  return { own, reader };
}

function open(reader: SenderKeys, message: Buffer = Buffer.alloc(0)): string {
  return reader.open(GROUP, 'sender', message).toString();
}
