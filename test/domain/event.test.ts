import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTime, isValid } from 'ulid';
import { cursorOf, eventId } from '../../src/domain/event.ts';

const cursor = fc.integer({ min: 1, max: 10 ** 15 }).map((position) => String(position).padStart(16, '0'));
const timestamp = fc.integer({ min: 0, max: 2 ** 47 });

test('an event id is a ULID of its time, and leads back to its place in the log', () => {
  fc.assert(
    fc.property(timestamp, cursor, (at, place) => {
      const id = eventId(at, place);
      assert.match(id, /^evt_/);
      assert.ok(isValid(id.slice(4)));
      assert.equal(decodeTime(id.slice(4)), at);
      assert.equal(cursorOf(id), place);
    }),
  );
});

test('what is no event id has no place in the log', () => {
  for (const id of [
    '',
    'evt_',
    '01M82ZM43K41YQPFG9XVMP2DHC',
    'evt_01M82ZM43K41YQPFG9XVMP2DHC',
    'evt_01M82ZM43K000000000000001',
  ]) {
    assert.equal(cursorOf(id), null, id);
  }
});
