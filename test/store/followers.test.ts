import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LogEntry } from '../../src/store/contract.ts';
import { Followers } from '../../src/store/followers.ts';
import { bytes } from './contract-support.ts';

it('wakes a follower for an entry that is appended between its read and its wait', { timeout: 10_000 }, async () => {
  const entries: LogEntry[] = [];
  const abort = new AbortController();
  const followers = new Followers({
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
