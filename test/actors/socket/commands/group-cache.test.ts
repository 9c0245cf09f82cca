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

/** The same for all groups. */
interface List {
  answer: (all: readonly GroupMetadata[]) => void;
  refuse: (code: number) => void;
}

function group(id: string, subject: string): GroupMetadata {
  return { id, subject, owner: undefined, participants: [] };
}

/** A cache whose queries the test answers. */
function stage() {
  const clock = new CountingClock();
  const seen: Seen = { groups: [], left: [], lists: [], errors: 0 };
  const queries: Query[] = [];
  const lists: List[] = [];
  let running = 0;
  let most = 0;
  /** A query that is answered, or refused with a code, later. */
  const sent = <T>() => {
    running += 1;
    most = Math.max(most, running);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const answered = promise.finally(() => {
      running -= 1;
    });
    return { answered, resolve, refuse: (data: number) => reject(Object.assign(new Error('refused'), { data })) };
  };
  const fetch = (jid: string) => {
    const { answered, resolve, refuse } = sent<GroupMetadata>();
    queries.push({ jid, answer: (subject) => resolve(group(jid, subject)), refuse });
    return answered;
  };
  const list = () => {
    const { answered, resolve, refuse } = sent<readonly GroupMetadata[]>();
    lists.push({ answer: resolve, refuse });
    return answered;
  };
  const cache = new GroupCache({
    fetch,
    list,
    onGroup: ({ subject }) => seen.groups.push(subject),
    onLeft: (jid) => seen.left.push(jid),
    onList: (groups) => seen.lists.push(groups.map(({ jid }) => jid)),
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
  return { cache, clock, seen, queries, lists, query, settled, most: () => most };
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

test('groups that are listed are not asked for, and many notices are one list, which counts as a query', async () => {
  const { cache, clock, seen, queries, lists, query, settled, most } = stage();

  for (let notice = 0; notice < 10; notice += 1) cache.allChanged();
  clock.time.increment(500);
  const asked = ['120363000000000003@g.us', '120363000000000004@g.us'].map((jid) => cache.get(jid));
  await settled();
  assert.deepEqual([queries.length, lists.length], [1, 1]);
  lists[0]?.answer([group(choir, 'Choir'), group(band, 'Band')]);
  for (const nth of [0, 1]) (await query(nth)).answer('another one');
  await Promise.all(asked);
  await settled();

  assert.equal((await cache.get(choir)).subject, 'Choir');
  assert.deepEqual([queries.length, lists.length, most()], [2, 1, 2]);
  assert.deepEqual(seen.groups, ['another one', 'another one']);
  assert.deepEqual(seen.lists, [[choir, band]]);
  assert.equal(clock.waiting, 0);
});

test('many groups that have changed are asked for by one list', async () => {
  const { cache, clock, queries, lists, settled } = stage();
  const jids = Array.from({ length: 100 }, (_, index) => `1203630000000001${index}@g.us`);

  for (const jid of jids) cache.changed(jid);
  clock.time.increment(500);
  clock.time.increment(500);
  await settled();
  assert.deepEqual([queries.length, lists.length], [0, 1]);
  lists[0]?.answer(jids.map((jid) => group(jid, 'as it is')));
  await settled();

  assert.equal((await cache.get('12036300000000010@g.us')).subject, 'as it is');
  assert.deepEqual([queries.length, lists.length, clock.waiting], [0, 1, 0]);
});

for (const code of [403, 429]) {
  test(`a list that is refused with ${code} is asked for again, some times`, async () => {
    const { cache, clock, seen, lists, settled } = stage();

    cache.allChanged();
    clock.time.increment(500);
    for (const nth of [0, 1, 2, 3]) {
      await settled();
      lists[nth]?.refuse(code);
      await settled();
      clock.time.increment(30_000);
    }

    assert.deepEqual([lists.length, seen.errors, clock.waiting], [4, 4, 0]);
    assert.deepEqual([seen.lists, seen.left], [[], []]);
  });
}

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
  clock.time.increment(500);
  cache.stop();
  (await query(1)).refuse(428);
  await settled();
  cache.changed(band);

  assert.deepEqual([clock.waiting, seen.errors], [0, 0]);
});
