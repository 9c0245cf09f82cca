import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { Key } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import {
  append,
  applied,
  assertAscending,
  bytes,
  conflict,
  drain,
  numbered,
  put,
  TestClock,
  texts,
  textsOf,
} from './support.ts';

const log: Key = ['acme', 'events'];

export function describeLogs(open: OpenStore): void {
  describeReading(open);
  describeCursors(open);
  describeTrimming(open);
  describeTrims(open);
}

function describeReading(open: OpenStore): void {
  it('reads a log that was never appended to as empty', async () => {
    await using subject = await open(new TestClock());

    assert.deepEqual(await subject.store.read(log, { limit: 10 }), { entries: [], trimmedThrough: null });
  });

  it('reads entries in the order of appending, inside a commit, a turn and across turns', async () => {
    await using subject = await open(new TestClock());

    const first = append(subject.store, log, ['1', '2', '3']);
    const second = append(subject.store, log, ['4', '5']);
    const cursors = [...(await first), ...(await second), ...(await append(subject.store, log, ['6']))];

    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(textsOf(slice), numbered(6));
    assert.deepEqual(
      slice.entries.map(({ cursor }) => cursor),
      cursors,
    );
  });

  it('gives cursors that compare as strings in the order of appending, past any count of digits', async () => {
    await using subject = await open(new TestClock());

    const cursors = await append(subject.store, log, numbered(1001));

    assert.equal(cursors.length, 1001);
    assertAscending(cursors);
  });

  it('reads a log in pages, and nothing after its end', async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, numbered(5));
    const readAfter = async (after: string) => textsOf(await subject.store.read(log, { after, limit: 2 }));

    assert.deepEqual(textsOf(await subject.store.read(log, { limit: 2 })), ['1', '2']);
    assert.deepEqual(await readAfter(cursors[1] ?? ''), ['3', '4']);
    assert.deepEqual(await readAfter(cursors[3] ?? ''), ['5']);
    assert.deepEqual(await readAfter(cursors[4] ?? ''), []);
  });

  it('keeps logs apart from each other and from an entry of the same key', async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, log, ['mine']);
    await append(subject.store, ['acme', 'events', 'more'], ['below']);
    await append(subject.store, ['globex', 'events'], ['theirs']);
    await put(subject.store, log, 'entry');
    await subject.store.commit({ deletes: [log] });

    assert.deepEqual(textsOf(await subject.store.read(log, { limit: 10 })), ['mine']);
    assert.deepEqual(await texts(subject.store, [log]), [null]);
  });

  it('keeps the bytes of an entry as they are, also when there are none', async () => {
    await using subject = await open(new TestClock());
    const values = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index), new Uint8Array(300_000)];

    applied(await subject.store.commit({ appends: values.map((value) => ({ log, value, maxEntries: 10 })) }));

    const { entries } = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(
      entries.map(({ value }) => Buffer.from(value)),
      values.map((value) => Buffer.from(value)),
    );
  });

  for (const after of ['', 'nonsense', '-1', '1e3', '99999999999999999999999999']) {
    it(`refuses ${JSON.stringify(after)} as a cursor, by a message for the client that sent it`, async () => {
      await using subject = await open(new TestClock());
      const { signal } = new AbortController();
      const isRefusal = (error: unknown) => error instanceof GatewayError && error.refusal.code === 'validation_error';

      await assert.rejects(subject.store.read(log, { after, limit: 10 }), isRefusal);
      await assert.rejects(drain(subject.store.follow(log, { after, signal })), isRefusal);
    });
  }
}

function describeCursors(open: OpenStore): void {
  it('tells the cursor of the newest entry, also when it was trimmed away, and none for an empty log', async () => {
    await using subject = await open(new TestClock());
    assert.equal(await subject.store.tail(log), null);

    const cursors = await append(subject.store, log, ['1', '2', '3']);
    assert.equal(await subject.store.tail(log), cursors.at(-1));
    const [trimmed] = applied(
      await subject.store.commit({ appends: [{ log, value: new Uint8Array(), maxEntries: 0 }] }),
    ).cursors;

    assert.equal(await subject.store.tail(log), trimmed);
  });

  it('gives cursors of sixteen digits', async () => {
    await using subject = await open(new TestClock());

    for (const cursor of await append(subject.store, log, ['1', '2'])) assert.match(cursor, /^\d{16}$/);
  });
}

function describeTrimming(open: OpenStore): void {
  it('keeps the newest entries of a log and tells how far it was trimmed', async () => {
    await using subject = await open(new TestClock());

    const cursors: string[] = [];
    for (const value of numbered(6)) cursors.push(...(await append(subject.store, log, [value], 3)));

    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(textsOf(slice), ['4', '5', '6']);
    assert.equal(slice.trimmedThrough, cursors[2]);
  });

  it('trims nothing while a log is within its bound', async () => {
    await using subject = await open(new TestClock());

    await append(subject.store, log, numbered(3), 3);

    assert.equal((await subject.store.read(log, { limit: 10 })).trimmedThrough, null);
  });

  it('trims by the appends of one commit as by those of several', async () => {
    await using subject = await open(new TestClock());

    const cursors = await append(subject.store, log, numbered(10), 4);

    const slice = await subject.store.read(log, { after: cursors[0] ?? '', limit: 10 });
    assert.deepEqual(textsOf(slice), ['7', '8', '9', '10']);
    assert.equal(slice.trimmedThrough, cursors[5]);
  });

  it('follows a bound that shrinks, and brings nothing back when it grows', async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, log, numbered(8), 10);

    const [ninth] = await append(subject.store, log, ['9'], 2);
    await append(subject.store, log, ['10'], 10);

    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(textsOf(slice), ['8', '9', '10']);
    assert.ok(slice.trimmedThrough !== null && slice.trimmedThrough < (ninth ?? ''));
  });

  it('never gives out a cursor again, also when the log was trimmed empty and reopened', async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, ['1', '2'], 0);
    const emptied = await subject.store.read(log, { limit: 10 });

    await subject.reopen();
    cursors.push(...(await append(subject.store, log, ['3'], 10)));

    assert.deepEqual(emptied, { entries: [], trimmedThrough: cursors[1] });
    assertAscending(cursors);
    assert.deepEqual(textsOf(await subject.store.read(log, { after: cursors[1] ?? '', limit: 10 })), ['3']);
  });
}

function describeTrims(open: OpenStore): void {
  it('trims a log through a cursor, keeps what comes after it, and says how far it was trimmed', async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, numbered(5));
    const through = cursors[2] ?? '';
    await append(subject.store, ['acme', 'other'], ['beside']);

    applied(await subject.store.commit({ trims: [{ log, through }] }));
    await subject.reopen();

    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(textsOf(slice), ['4', '5']);
    assert.equal(slice.trimmedThrough, through);
    assert.deepEqual(textsOf(await subject.store.read(['acme', 'other'], { limit: 10 })), ['beside']);
  });

  it('trims a log through its end and appends in one commit, and never gives out a cursor again', async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, ['1', '2']);
    const through = cursors[1] ?? '';

    const appends = [{ log, value: bytes('3'), maxEntries: 10 }];
    cursors.push(...applied(await subject.store.commit({ trims: [{ log, through }], appends })).cursors);

    assertAscending(cursors);
    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual([textsOf(slice), slice.trimmedThrough], [['3'], through]);
    assert.equal(await subject.store.tail(log), cursors[2]);
  });

  it('trims nothing again, nothing of a log that is empty, and nothing that is appended later', async () => {
    await using subject = await open(new TestClock());
    const ahead = '0000000000000009';
    const never: Key = ['acme', 'never'];

    applied(await subject.store.commit({ trims: [{ log: never, through: ahead }] }));
    const cursors = await append(subject.store, log, ['1', '2']);
    applied(await subject.store.commit({ trims: [{ log, through: ahead }] }));
    await append(subject.store, log, ['3']);
    applied(await subject.store.commit({ trims: [{ log, through: cursors[0] ?? '' }] }));

    assert.deepEqual(await subject.store.read(never, { limit: 10 }), { entries: [], trimmedThrough: null });
    assert.equal(await subject.store.tail(never), null);
    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual([textsOf(slice), slice.trimmedThrough], [['3'], cursors[1]]);
  });

  it('trims nothing when the commit is refused', async () => {
    await using subject = await open(new TestClock());
    const [through = ''] = await append(subject.store, log, ['1']);

    const checks = [{ key: log, version: 'another' }];
    assert.deepEqual(await subject.store.commit({ checks, trims: [{ log, through }] }), conflict);

    assert.deepEqual(textsOf(await subject.store.read(log, { limit: 10 })), ['1']);
  });

  it('does not wake, and does not disturb, a follower of a log that is trimmed up to where it has read', async () => {
    await using subject = await open(new TestClock());
    const ending = new AbortController();
    const slices = subject.store.follow(log, { signal: ending.signal })[Symbol.asyncIterator]();
    const [through = ''] = await append(subject.store, log, ['1']);
    const first = await slices.next();

    applied(await subject.store.commit({ trims: [{ log, through }] }));
    await append(subject.store, log, ['2']);
    const second = await slices.next();
    ending.abort();

    assert.deepEqual(
      [first, second].map(({ value }) => value && textsOf(value)),
      [['1'], ['2']],
    );
    await slices.next();
  });
}
