import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { GroupMetadata } from '@whiskeysockets/baileys';
import { GroupCache } from '../../../../src/actors/socket/commands/group-cache.ts';
import { CountingClock } from '../../../support/simulated-clock.ts';

const choir = '120363000000000001@g.us';
const band = '120363000000000002@g.us';

/** A query that waits for its answer. */
interface Query {
  jid: string;
  answer: (subject: string) => void;
  refuse: (code: number) => void;
}

/** What the cache told. */
interface Seen {
  groups: string[];
  left: string[];
  lists: string[][];
  errors: number;
}

function group(id: string, subject: string): GroupMetadata {
  return { id, subject, owner: undefined, participants: [] };
}

/** A cache whose queries the test answers. */
function stage() {
  const clock = new CountingClock();
  const seen: Seen = { groups: [], left: [], lists: [], errors: 0 };
  const queries: Query[] = [];
  let running = 0;
  let most = 0;
  const fetch = (jid: string) => {
    running += 1;
    most = Math.max(most, running);
    const { promise, resolve, reject } = Promise.withResolvers<GroupMetadata>();
    const answer = (subject: string) => resolve(group(jid, subject));
    queries.push({ jid, answer, refuse: (data) => reject(Object.assign(new Error('refused'), { data })) });
    return promise.finally(() => {
      running -= 1;
    });
  };
  const cache = new GroupCache({
    fetch,
    onGroup: ({ subject }) => seen.groups.push(subject),
    onLeft: (jid) => seen.left.push(jid),
    onList: (jids) => seen.lists.push(jids),
    onError: () => {
      seen.errors += 1;
    },
    clock,
  });
  /** The next query, which is the nth that was sent. */
  const query = async (nth: number): Promise<Query> => {
    for (let turns = 0; turns < 20 && queries[nth] === undefined; turns += 1) await turn();
    return queries[nth] ?? assert.fail(`there is no query ${nth}`);
  };
  const settled = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns += 1) await turn();
  };
  return { cache, clock, seen, queries, query, settled, most: () => most };
}

test('many changes of a group in a row are one query, and a change while it runs is one more', async () => {
  const { cache, clock, seen, queries, query, settled } = stage();

  for (let change = 0; change < 50; change += 1) cache.changed(choir);
  clock.time.increment(500);
  const first = await query(0);
  for (let change = 0; change < 50; change += 1) cache.changed(choir);
  clock.time.increment(500);
  await settled();
  assert.equal(queries.length, 1);
  first.answer('as it was');
  (await query(1)).answer('as it is');
  await settled();

  assert.equal(queries.length, 2);
  assert.deepEqual(seen.groups, ['as it was', 'as it is']);
  assert.equal((await cache.get(choir)).subject, 'as it is');
  assert.equal(clock.waiting, 0);
});

test('a send asks for a changed group at once, and what was due is not asked again', async () => {
  const { cache, clock, queries, query, settled } = stage();

  cache.changed(choir);
  const sent = cache.get(choir);
  (await query(0)).answer('as it is');
  assert.equal((await sent).subject, 'as it is');
  clock.time.increment(500);
  await settled();

  assert.equal(queries.length, 1);
});

test('no more than two groups are asked for at once, and each of those that wait only once', async () => {
  const { cache, queries, query, most } = stage();
  const jids = Array.from({ length: 20 }, (_, index) => `1203630000000001${index}@g.us`);

  const asked = jids.flatMap((jid) => [cache.get(jid), cache.refresh(jid), cache.refresh(jid)]);
  for (let nth = 0; nth < 20; nth += 1) (await query(nth)).answer('some group');
  await Promise.all(asked);

  assert.equal(queries.length, 20);
  assert.equal(most(), 2);
});

test('while all groups are listed only one is asked for at once, and those that are listed are not', async () => {
  const { cache, clock, seen, queries, query, settled } = stage();

  cache.listing();
  const asked = [cache.get('120363000000000003@g.us'), cache.get('120363000000000004@g.us')];
  await settled();
  assert.equal(queries.length, 1);
  cache.listed([group(choir, 'Choir'), group(band, 'Band')]);
  for (const nth of [0, 1]) (await query(nth)).answer('another one');
  await Promise.all(asked);

  assert.equal((await cache.get(choir)).subject, 'Choir');
  assert.equal(queries.length, 2);
  assert.deepEqual(seen.groups, ['Choir', 'Band', 'another one', 'another one']);
  assert.deepEqual(seen.lists, [[choir, band]]);
  assert.equal(clock.waiting, 0);
});

test('a list that never comes holds up the others for a while only', async () => {
  const { cache, clock, queries, query, settled } = stage();

  cache.listing();
  void cache.get(choir);
  void cache.get(band);
  await settled();
  assert.equal(queries.length, 1);
  clock.time.increment(15_000);

  assert.equal((await query(1)).jid, band);
});

for (const code of [401, 403, 404]) {
  test(`a query that is refused with ${code} means that the number is not in the group`, async () => {
    const { cache, clock, seen, queries, query, settled } = stage();

    cache.changed(choir);
    clock.time.increment(500);
    (await query(0)).refuse(code);
    await settled();

    assert.deepEqual([seen.left, seen.errors, clock.waiting], [[choir], 0, 0]);
    const healed = cache.get(choir);
    (await query(1)).answer('Choir');
    assert.equal((await healed).subject, 'Choir');
    assert.equal(queries.length, 2);
  });
}

test('a changed group is asked for again, some times, while WhatsApp refuses for now', async () => {
  const { cache, clock, seen, queries, query, settled } = stage();

  cache.changed(choir);
  clock.time.increment(500);
  for (const nth of [0, 1, 2, 3]) {
    (await query(nth)).refuse(429);
    await settled();
    clock.time.increment(30_000);
  }
  await settled();

  assert.deepEqual([queries.length, seen.errors, clock.waiting], [4, 4, 0]);
  assert.deepEqual(seen.left, []);
});

test('a removal counts after the queries that were asked before it, and nothing is due once the connection ends', async () => {
  const { cache, clock, seen, query, settled } = stage();

  const before = cache.get(choir);
  cache.left(choir);
  await settled();
  assert.deepEqual(seen.left, []);
  (await query(0)).answer('as it was');
  await before;
  await settled();
  assert.deepEqual(seen.left, [choir]);
  cache.changed(band);
  cache.stop();

  assert.equal(clock.waiting, 0);
});
