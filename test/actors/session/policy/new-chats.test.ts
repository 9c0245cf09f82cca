import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newChatHold, type Refusals, refusedAgain } from '../../../../src/actors/session/policy/new-chats.ts';
import { afterReport, isNews, type Restriction, restrictionAt } from '../../../../src/domain/restriction.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

test('new chats are held for longer each time that one is refused, up to an hour', () => {
  const minutes: number[] = [];
  let refusals: Refusals | undefined;
  let now = 0;
  for (let count = 0; count < 6; count += 1) {
    refusals = refusedAgain(refusals, now);
    const { until = now } = newChatHold(null, refusals, now) ?? {};
    minutes.push((until - now) / minuteMs);
    now = until;
    assert.equal(newChatHold(null, refusals, now), null);
  }
  assert.deepEqual(minutes, [5, 10, 20, 40, 60, 60]);
});

test('refusals from the future hold nothing: the clock was set back', () => {
  assert.equal(newChatHold(null, refusedAgain(undefined, 1_000_000), 999_999), null);
});

test('a restriction holds new chats until it ends, for a caller a day at most, and is looked at again within minutes', () => {
  const restriction = { kind: 'new_chats', until: 7 * dayMs, reportedAt: 0 };
  const hold = newChatHold(restriction, refusedAgain(undefined, 0), 0);
  assert.deepEqual(hold, { kind: 'new_chats', until: dayMs, forMs: 5 * minuteMs });
  assert.equal(newChatHold({ ...restriction, until: 2_000 }, undefined, 0)?.forMs, 2_000);
});

test('of several restrictions the one that lasts longest is shown, and one without an end for a day', () => {
  const lock = { kind: 'new_chats', isActive: true, until: 1_000 } as const;
  const quota = { kind: 'new_chat_quota', isActive: true, until: null } as const;
  const both = afterReport(afterReport(undefined, lock, 0), quota, 0);
  assert.equal(restrictionAt(both, 500)?.kind, 'new_chat_quota');
  assert.equal(restrictionAt(both, dayMs), null);
  assert.equal(restrictionAt(afterReport(both, { ...quota, isActive: false }, 10), 500)?.kind, 'new_chats');
});

test('only what WhatsApp did not say before is news', () => {
  const lock = { kind: 'new_chats', isActive: true, until: 1_000 } as const;
  const lifted = { ...lock, isActive: false, until: null };
  const stored: Restriction[] = afterReport(undefined, lock, 0);
  const news = [
    isNews(undefined, lifted),
    isNews(undefined, lock),
    isNews(stored, lock),
    isNews(stored, { ...lock, until: 2_000 }),
    isNews(stored, lifted),
  ];
  assert.deepEqual(news, [false, true, false, true, true]);
});
