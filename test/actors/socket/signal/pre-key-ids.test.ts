import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextIdAfterRestore, nextUnusedId } from '../../../../src/actors/socket/signal/pre-key-ids.ts';

const start = Date.UTC(2026, 8, 1);
const second = 1_000;
const firstUpload = 812;

test('two restores of one backup use prekey ids that do not overlap', () => {
  const nextId = 813;

  for (const later of [10 * second, 60 * second, 86_400 * second, 7 * 86_400 * second]) {
    const [one, other] = [nextIdAfterRestore(nextId, start), nextIdAfterRestore(nextId, start + later)];
    assert(Math.abs(one - other) > firstUpload, `${one} and ${other}, ${later / second} s apart`);
  }
});

test('no restore uses ids that were used before or soon after the backup, nor ids of more than 24 bits', () => {
  for (const nextId of [6, 813, 60_000, 8_000_000, 15_000_000, 16_000_000]) {
    for (let now = start; now < start + 4 * 86_400 * second; now += 97 * second) {
      const id = nextIdAfterRestore(nextId, now);
      assert(Number.isInteger(id) && id > 0 && id + 1_000_000 < 2 ** 24, String(id));
      assert(Math.abs(id - nextId) > 49_000, `${id} after ${nextId}`);
    }
  }
});

/** An identity with these prekeys. */
function withKeys(...stored: number[]) {
  return {
    keys: async (_type: string, ids: readonly string[]) =>
      new Map(ids.filter((id) => stored.includes(Number(id))).map((id) => [id, '{}'])),
  };
}

test('ids begin again before they need more than 24 bits', async () => {
  assert.equal(await nextUnusedId(withKeys(), 813), 813);
  assert.equal(await nextUnusedId(withKeys(), nextIdAfterRestore(813, start)), nextIdAfterRestore(813, start));
  assert.equal(await nextUnusedId(withKeys(), 2 ** 24 - 100_000), 1);
});

test('ids of keys that were stored and whose credentials were not are passed over', async () => {
  const uploaded = Array.from({ length: firstUpload }, (_, index) => 6 + index);

  assert.equal(await nextUnusedId(withKeys(1, 2, ...uploaded), 6), 6 + firstUpload);
  assert.equal(await nextUnusedId(withKeys(1, 2, ...uploaded.slice(3)), 6), 6 + firstUpload);
});
