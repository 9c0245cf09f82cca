import type { EndingRule } from '../faults/rule.ts';
import type { Connection } from './connection.ts';
import { streamError } from './stream-error.ts';

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
