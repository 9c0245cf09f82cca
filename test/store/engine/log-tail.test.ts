import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LogEntry } from '../../../src/store/contract.ts';
import { LogTails } from '../../../src/store/engine/log-tail.ts';
import { eventually } from '../../support/eventually.ts';
import { bytes } from '../contract/support.ts';

it('wakes a follower for an entry that is appended between its read and its wait', { timeout: 10_000 }, async () => {
  const entries: LogEntry[] = [];
  const abort = new AbortController();
  const followers = new LogTails({
    read: (log, position) => {
      const found = entries.slice(position);
      if (entries.length === 0) {
        entries.push({ cursor: '0000000000000001', value: bytes('late') });
        followers.wake(log);
      }
      return { entries: found, trimmedThrough: null };
    },
  });

  for await (const slice of followers.follow({ log: 'events', position: 0, signal: abort.signal })) {
    assert.deepEqual(slice.entries, entries);
    abort.abort();
  }
});

it('hands an entry over that it is woken with, and reads what came before it', { timeout: 10_000 }, async () => {
  const entries: LogEntry[] = [];
  const abort = new AbortController();
  const entry = (position: number) => ({ cursor: String(position).padStart(16, '0'), value: bytes(`${position}`) });
  const readers = { waiting: Promise.withResolvers<void>() };
  const followers = new LogTails({
    read: (_, position) => {
      const found = entries.slice(position);
      if (found.length === 0) readers.waiting.resolve();
      return { entries: found, trimmedThrough: null };
    },
  });
  const seen: string[] = [];
  const following = (async () => {
    for await (const slice of followers.follow({ log: 'events', position: 0, signal: abort.signal })) {
      for (const { cursor } of slice.entries) seen.push(cursor);
      if (seen.length === 1) readers.waiting = Promise.withResolvers();
      if (seen.length === 4) abort.abort();
    }
  })();

  await readers.waiting.promise;
  // It is woken with the first only: the log that it reads has it later.
  followers.wake('events', entry(1));
  await eventually(() => assert.equal(seen.length, 1));
  entries.push(entry(1), entry(2), entry(3), entry(4));
  followers.wake('events', entry(4));
  await following;

  assert.deepEqual(
    seen,
    [1, 2, 3, 4].map((position) => entry(position).cursor),
  );
});
