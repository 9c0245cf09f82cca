import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, defaultPatience } from '../../client/retry.ts';

/** A drain, or a kill, until the next gateway listens: nobody answers meanwhile. */
const restartMs = 5_000;

/** How long a send waits in all before it is given up. */
function waitMs(): number {
  return Array.from({ length: defaultPatience.attempts - 1 }, (_, at) => backoffMs(at + 1)).reduce(
    (sum, ms) => sum + ms,
  );
}

test('a send is not given up while the gateway is restarted, whatever chance says', () => {
  const waits = Array.from({ length: 1_000 }, waitMs);

  assert.deepEqual(
    waits.filter((ms) => ms < restartMs),
    [],
  );
});
