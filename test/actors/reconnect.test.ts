import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs, nextRoll, restAfter, verdicts } from '../../src/actors/session/reconnect.ts';
import { closeReason } from '../../src/actors/socket/close-reason.ts';

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

for (const [statusCode, reason, verdict] of table) {
  test(`a connection that ends with ${statusCode} is ${reason}: ${verdict}`, () => {
    const error = Object.assign(new Error('ended'), { output: { statusCode } });

    assert.equal(closeReason(error), reason);
    assert.equal(verdicts[reason], verdict);
  });
}

test('codes that nobody scanned end the attempt, although Baileys reports them like a lost connection', () => {
  const error = Object.assign(new Error('QR refs attempts ended'), { output: { statusCode: 408 } });

  assert.equal(closeReason(error), 'qr_expired');
  assert.deepEqual(restAfter('qr_expired'), { status: 'stopped', reason: 'qr_expired' });
});

test('an end without an error counts as a lost connection', () => {
  assert.equal(closeReason(undefined), 'connection_lost');
  assert.equal(closeReason(new Error('no code')), 'connection_lost');
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
