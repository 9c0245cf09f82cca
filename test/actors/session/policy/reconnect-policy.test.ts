import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs, nextRoll } from '../../../../src/actors/session/policy/backoff.ts';
import { inactiveAfter } from '../../../../src/actors/session/policy/inactive-policy.ts';
import {
  dialled,
  type History,
  noHistory,
  opened,
  policyByReason,
  restarted,
  retryAfter,
} from '../../../../src/actors/session/policy/reconnect-policy.ts';
import { banMsOf, closeReason } from '../../../../src/actors/socket/close-reason.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Status code at the end of a connection → reason → what the session does. */
const table = [
  [401, 'logged_out', 'logged_out'],
  [402, 'temporarily_banned', 'failed'],
  [403, 'locked', 'logged_out'],
  [405, 'client_outdated', 'failed'],
  [406, 'banned', 'logged_out'],
  [408, 'connection_lost', 'retry'],
  [409, 'client_outdated', 'failed'],
  [411, 'multi_device_mismatch', 'failed'],
  [428, 'connection_closed', 'retry'],
  [440, 'replaced', 'failed'],
  [500, 'server_error', 'retry'],
  [503, 'service_unavailable', 'retry'],
  [515, 'restart_required', 'restartOnce'],
  [999, 'connection_lost', 'retry'],
] as const;

for (const [statusCode, reason, policy] of table) {
  test(`a connection that ends with ${statusCode} is ${reason}: ${policy}`, () => {
    const error = Object.assign(new Error('ended'), { output: { statusCode } });

    assert.equal(closeReason(error), reason);
    assert.equal(policyByReason[reason], policy);
  });
}

test('codes that nobody scanned end the attempt, although Baileys reports them like a lost connection', () => {
  const error = Object.assign(new Error('QR refs attempts ended'), { output: { statusCode: 408 } });

  assert.equal(closeReason(error), 'qr_expired');
  const { inactive } = inactiveAfter(noHistory, { reason: 'qr_expired' }, 0);
  assert.deepEqual(inactive, { status: 'stopped', reason: 'qr_expired', retryAt: null });
});

test('a stanza that was not confirmed has a reason of its own, and no server error is counted for it', () => {
  const error = Object.assign(new Error('Stream Errored (ack)'), { output: { statusCode: 500 }, data: { tag: 'ack' } });
  const early = { ...noHistory, openedAt: 0, serverErrors: 2 };

  assert.equal(closeReason(error), 'stanza_unconfirmed');
  const { retryAt, reason } = retryAfter(early, 'stanza_unconfirmed', 5, 0);
  assert.equal(reason, 'stanza_unconfirmed');
  assert.ok(retryAt <= 5 + 60_000);
});

test('an end without an error counts as a lost connection', () => {
  assert.equal(closeReason(undefined), 'connection_lost');
  assert.equal(closeReason(new Error('no code')), 'connection_lost');
});

/** The waits after a sequence of ends, with the highest jitter; each attempt is dialled when it is due. */
function waits(
  ends: readonly { reason: keyof typeof policyByReason; after: 'failure' | number }[],
  roll = 0.999,
): number[] {
  let history: History = noHistory;
  let now = 1_000_000;
  return ends.map(({ reason, after }) => {
    history = dialled(history, now);
    if (after !== 'failure') history = opened(history, now);
    if (after !== 'failure') now += after;
    const next = retryAfter(history, reason, now, roll);
    const waitMs = next.retryAt - now;
    history = next.history;
    now = next.retryAt;
    return waitMs;
  });
}

test('failures in a row lengthen the wait, each time up to twice as much, until a minute', () => {
  const failed = Array.from({ length: 8 }, () => ({ reason: 'connection_lost', after: 'failure' }) as const);

  assert.deepEqual(waits(failed), [999, 1_998, 3_996, 7_992, 15_984, 31_968, 59_940, 59_940]);
});

test('a connection of half a minute resets the failures, a shorter one does not', () => {
  const lost = (after: number) => ({ reason: 'connection_lost', after }) as const;

  assert.deepEqual(waits([lost(0), lost(0), lost(29_999), lost(30_000), lost(30_000)]), [999, 1_998, 3_996, 999, 999]);
});

test('a restart that WhatsApp requests is immediate and does not count, unless it requests another one', () => {
  const restart = { reason: 'restart_required', after: 'failure' } as const;
  const lost = { reason: 'connection_lost', after: 'failure' } as const;

  assert.deepEqual(waits([restart, lost, restart, restart]), [0, 999, 1_998, 3_996]);
  assert.deepEqual(waits([restart, { ...restart, after: 30_000 }, restart]), [0, 0, 999]);
});

test('the third server error in a row right after the login slows the session down to five minutes', () => {
  const early = { reason: 'server_error', after: 100 } as const;
  const late = { reason: 'server_error', after: 30_000 } as const;
  const lost = { reason: 'connection_lost', after: 100 } as const;
  const refused = { reason: 'server_error', after: 'failure' } as const;

  assert.deepEqual(waits([early, early, early, early], 0), [0, 0, 5 * minute, 5 * minute]);
  assert.deepEqual(waits([early, early, early], 0.999).at(-1), 329_970);
  assert.deepEqual(waits([early, early, late, early, early], 0), [0, 0, 0, 0, 0]);
  assert.deepEqual(waits([early, early, lost, early, early], 0), [0, 0, 0, 0, 0]);
  assert.deepEqual(waits([early, refused, early, refused, early], 0), [0, 0, 0, 0, 5 * minute]);
});

test('repeated server errors have a reason of their own', () => {
  const suspect = retryAfter({ ...noHistory, openedAt: 0, serverErrors: 2 }, 'server_error', 5, 0);
  const lost = retryAfter(suspect.history, 'connection_lost', 5, 0);

  assert.equal(suspect.reason, 'server_error_repeated');
  assert.equal(lost.reason, 'connection_lost');
});

test('whatever happens, no more than twelve attempts lie in any two minutes, and no wait is longer than the table says', () => {
  const reasons = [
    'connection_lost',
    'server_error',
    'service_unavailable',
    'ack_timeout',
    'restart_required',
  ] as const;
  const end = fc.record({
    reason: fc.constantFrom(...reasons),
    openFor: fc.oneof(fc.constant(null), fc.nat({ max: 40_000 })),
    roll: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(end, { minLength: 20, maxLength: 60 }), (ends) => {
      let history: History = noHistory;
      let now = 0;
      const attempts: number[] = [];
      for (const { reason, openFor, roll } of ends) {
        attempts.push(now);
        history = dialled(history, now);
        if (openFor !== null) {
          history = opened(history, now);
          now += openFor;
        }
        const next = retryAfter(history, reason, now, roll);
        assert.ok(next.retryAt - now <= 5.5 * minute);
        history = next.history;
        now = next.retryAt;
      }
      for (const from of attempts) {
        const within = attempts.filter((at) => at >= from && at < from + 2 * minute);
        assert.ok(within.length <= 12, `${within.length} attempts`);
      }
    }),
  );
});

test('ten attempts in two minutes use the budget up; restarts that WhatsApp requests may use two more', () => {
  let history: History = noHistory;
  const attempt = (second: number) => {
    history = dialled(history, second * 1_000);
  };
  const due = (reason: 'connection_lost' | 'restart_required') => retryAfter(history, reason, 20_000, 0.001).retryAt;

  for (let second = 1; second <= 9; second += 1) attempt(second);
  assert.ok(due('connection_lost') < 21_000);
  attempt(10);
  assert.deepEqual([due('connection_lost'), due('restart_required')], [121_000, 20_000]);
  attempt(11);
  assert.deepEqual([due('connection_lost'), due('restart_required')], [122_000, 20_000]);
  attempt(12);
  assert.deepEqual([due('connection_lost'), due('restart_required')], [123_000, 121_000]);
});

test('a clock that is set back does not delay a session', () => {
  let history: History = noHistory;
  for (let attempt = 0; attempt < 10; attempt += 1) history = dialled(history, 10 * hour + attempt);

  assert.equal(retryAfter(history, 'connection_lost', hour, 0).retryAt, hour);
});

/** How long a session stays inactive after this end, in ms; null when it does not connect by itself. */
function restMs(history: History, reason: keyof typeof policyByReason, banMs?: number): number | null {
  const { inactive } = inactiveAfter(history, { reason, ...(banMs !== undefined && { banMs }) }, hour);
  return inactive.retryAt === null ? null : inactive.retryAt - hour;
}

test('a replaced session connects again after 30 s, later after 5 min, and never twice in 10 min', () => {
  const first = inactiveAfter(noHistory, { reason: 'replaced' }, hour);

  assert.deepEqual(first.inactive, { status: 'failed', reason: 'replaced', retryAt: hour + 30_000 });
  const again = (after: number) =>
    inactiveAfter(restarted(first.history), { reason: 'replaced' }, hour + after).inactive;
  assert.equal(again(10 * minute - 1).retryAt, null);
  assert.equal(again(10 * minute).retryAt, hour + 15 * minute);
});

test('a ban lasts as long as WhatsApp says, within bounds, and an hour when it does not say', () => {
  assert.equal(restMs(noHistory, 'temporarily_banned', 2 * hour), 2 * hour);
  assert.equal(restMs(noHistory, 'temporarily_banned'), hour);
  assert.equal(restMs(noHistory, 'temporarily_banned', 0), minute);
  assert.equal(restMs(noHistory, 'temporarily_banned', 400 * day), 14 * day);
});

test('the duration of a ban is read in seconds, and an invalid one counts as absent', () => {
  assert.equal(banMsOf({ reason: '402', expire: '3600' }), hour);
  assert.equal(banMsOf({ reason: '402' }), undefined);
  assert.equal(banMsOf({ reason: '402', expire: 'soon' }), undefined);
  assert.equal(banMsOf({ reason: '402', expire: '-1' }), undefined);
});

test('an outdated client is tried again after ten minutes, and a state that needs the user is not left', () => {
  assert.equal(restMs(noHistory, 'client_outdated'), 10 * minute);
  for (const reason of ['multi_device_mismatch', 'logged_out', 'locked', 'banned', 'stopped'] as const) {
    assert.equal(restMs(noHistory, reason), null);
  }
});

test('the back-off is anywhere between nothing and a cap that doubles from 1 s to 60 s', () => {
  const caps = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
  fc.assert(
    fc.property(
      fc.nat({ max: caps.length - 1 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, roll) => {
        const delay = backoffMs(attempt, roll);
        assert.ok(delay >= 0 && delay < (caps[attempt] ?? 0));
      },
    ),
  );
  assert.equal(backoffMs(1_000_000, 0.5), 30_000);
});

test('rolls repeat under the same seed, differ between seeds, and are spread over [0, 1)', () => {
  const rolls = (seed: number) => {
    const drawn: number[] = [];
    for (let next = nextRoll(seed); drawn.length < 1_000; next = nextRoll(next.seed)) drawn.push(next.roll);
    return drawn;
  };

  const first = rolls(1);

  assert.deepEqual(first, rolls(1));
  assert.notDeepEqual(first, rolls(2));
  assert.ok(first.every((roll) => roll >= 0 && roll < 1));
  const mean = first.reduce((sum, roll) => sum + roll, 0) / first.length;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `the mean is ${mean}`);
});
