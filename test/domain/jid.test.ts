import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { PhoneSchema, RecipientJidSchema } from '../../src/domain/jid.ts';

test('a phone number is taken as people write it, and kept as digits', () => {
  for (const written of ['6281234567890', '+62 812-3456-7890', '+62 (812) 3456.7890', ' 6281234567890 '])
    assert.equal(v.parse(PhoneSchema, written), '6281234567890', written);
});

test('anything else is refused with what is expected', () => {
  for (const bad of [
    '',
    '+',
    '081234567890',
    '++6281234567890',
    '62/81234567890',
    '123456',
    '1'.repeat(16),
    '٦٢٨١٢٣٤٥٦',
  ])
    assert.throws(() => v.parse(PhoneSchema, bad), /must be 7 to 15 digits with the country code/, bad);
});

test('a long text that is nearly a number is refused quickly', () => {
  assert.throws(() => v.parse(PhoneSchema, `${' '.repeat(100_000)}x`));
  assert.throws(() => v.parse(PhoneSchema, `1${' '.repeat(100_000)}x`));
});

test('a recipient is a JID and never a number', () => {
  for (const bad of ['6281234567890', '+6281234567890', '+6281234567890@s.whatsapp.net', '62 812@s.whatsapp.net'])
    assert.equal(v.is(RecipientJidSchema, bad), false, bad);
});
