import { appendFileSync } from 'node:fs';
import { isLocal, watchOutbound } from './outbound.ts';
import { recordPath } from './outbound-record.ts';

/**
 * Preloaded into every test process, and into the gateways that tests start: nothing but this computer is reached, and
 * nobody is asked for a name. Whoever tries is refused, and that is recorded in a file, because an error may be caught:
 * the reporter at the end of the run counts each line of it as a failure.
 */
const program = process.argv[1] ?? 'node';

watchOutbound((reach) => {
  if (isLocal(reach)) return;
  const whom = `${reach.host}${reach.port === null ? '' : `:${reach.port}`} (${reach.by})`;
  appendFileSync(recordPath, `${program} tried to reach ${whom}\n`);
  throw new Error(`nothing but this computer may be reached in a test, and not ${whom}`);
});
