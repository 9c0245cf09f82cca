import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typingMsFor } from '../../../../src/actors/session/policy/typing-time.ts';

const text = (length: number) => ({ type: 'text' as const, text: 'x'.repeat(length), mentions: [], quoted: null });

test('typing lasts as long as the text suggests, within bounds', () => {
  assert.equal(typingMsFor(text(1), 30_000), 500);
  assert.equal(typingMsFor(text(50), 30_000), 2_000);
  assert.equal(typingMsFor(text(4_096), 30_000), 3_000);
  assert.equal(typingMsFor({ type: 'location', latitude: 0, longitude: 0, name: null }, 30_000), 500);
});

test('typing leaves most of the time for the acknowledgement', () => {
  assert.equal(typingMsFor(text(4_096), 4_000), 1_000);
  assert.equal(typingMsFor(text(1), 100), 25);
});

test('an edit is not announced', () => {
  assert.equal(typingMsFor({ type: 'edit', text: 'new', target: '3EB0' }, 30_000), 0);
});
