import type { Connection } from '../connection/connection.ts';
import { streamError } from '../connection/stream-error.ts';
import type { EndingRule } from './rule.ts';

/** Does to the connection what the rule says. */
export function applyFault(rule: EndingRule, connection: Connection): void {
  switch (rule.kind) {
    case 'reset':
      connection.reset();
      break;
    case 'close':
      connection.close();
      break;
    case 'silence':
      connection.fallSilent();
      break;
    case 'corrupt-frame':
      connection.sendCorruptFrame();
      break;
    case 'stream-error':
      connection.endWith(streamError(rule.code));
  }
}
