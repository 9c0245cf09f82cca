import { writeSync } from 'node:fs';
import { isThisMachine, watchOutbound } from './watch.ts';

/**
 * Preloaded into every process of a test run: whatever tries to leave this machine ends its process at once, so that
 * nobody can catch it and go on. Nothing is configured in the tests that is elsewhere.
 */
watchOutbound((host) => {
  if (isThisMachine(host)) return;
  writeSync(2, `\nA test tried to reach ${host}. ${new Error().stack}\n`);
  process.exit(97);
});
