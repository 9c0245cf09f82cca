import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonScanner } from '../../../src/http/request/json-scanner.ts';

const wanted = ['to', 'type'];

function scan(bytes: Buffer, cuts: readonly number[] = []): Map<string, string | null> {
  const scanner = new JsonScanner(wanted);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, start] of places.entries()) scanner.feed(bytes.subarray(start, places[index + 1] ?? start));
  return scanner.found;
}

test('in any object, cut into any pieces, it finds what a parser finds', () => {
  const key = fc.oneof(fc.constantFrom('to', 'type', 'media', 'ty"pe', '\\'), fc.string({ unit: 'binary' }));
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('image', '"type":"image"', '\\"'),
  );
  const object = fc.dictionary(key, value, { maxKeys: 6 });
  const cuts = fc.array(fc.nat(), { maxLength: 5 });

  fc.assert(
    fc.property(object, cuts, fc.constantFrom(0, 1, '\t'), (value, places, space) => {
      const expected = new Map<string, string | null>();
      for (const [name, found] of Object.entries(value)) {
        if (wanted.includes(name)) expected.set(name, typeof found === 'string' && found.length < 80 ? found : null);
      }
      const found = scan(Buffer.from(JSON.stringify(value, null, space)), places);
      for (const name of wanted) assert.equal(found.get(name), expected.get(name));
    }),
    { numRuns: 500 },
  );
});

test('no bytes make it throw, and what is no object has nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat(), { maxLength: 3 }), (bytes, cuts) => {
      scan(Buffer.from(bytes), cuts);
    }),
  );
  for (const text of ['[{"type":"image"}]', '"type":"image"', 'x{"type":"image"}', '{"a":{"type":"image"}}']) {
    assert.equal(scan(Buffer.from(text)).size, 0, text);
  }
});

test('escaped keys and values are read, and nothing behind the end of the object is', () => {
  assert.deepEqual([...scan(Buffer.from('{"\\u0074ype":"im\\u0061ge"}'))], [['type', 'image']]);
  assert.deepEqual([...scan(Buffer.from('{"a":"\\\\\\"","to":"x"},"type":"image"}'))], [['to', 'x']]);
});

test('of a value that is too long to be meant only the key is kept', () => {
  assert.deepEqual(
    [...scan(Buffer.from(`{"type":"${'x'.repeat(100_000)}","to":"y"}`))],
    [
      ['type', null],
      ['to', 'y'],
    ],
  );
});
