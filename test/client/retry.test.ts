import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, defaultRetryPolicy } from '../../client/retry.ts';

/** A drain, or a kill, until the next gateway listens: nobody answers meanwhile. */
const restartMs = 5_000;

/** How long a send waits in all before it is given up. */
function waitMs(): number {
  return Array.from({ length: defaultRetryPolicy.attempts - 1 }, (_, at) => backoffMs(at + 1)).reduce(
    (sum, ms) => sum + ms,
  );
}

test('retries outlast a restart of the gateway, whatever the jitter', () => {
  const waits = Array.from({ length: 1_000 }, waitMs);

  assert.deepEqual(
    waits.filter((ms) => ms < restartMs),
    [],
  );
});
