import type { EndingRule } from '../faults/rule.ts';
import type { Connection } from './connection.ts';
import { streamError } from './stream-error.ts';

/** Carries out a rule on the connection. */
export function applyFault(rule: EndingRule, connection: Connection): void {
  switch (rule.kind) {
    case 'reset':
      connection.reset();
      break;
    case 'close':
      connection.close();
      break;
    case 'silence':
      connection.stopResponding();
      break;
    case 'corrupt-frame':
      connection.sendCorruptFrame();
      break;
    case 'stream-error':
      connection.endWith(streamError(rule.code));
  }
}
