import type { AckRule, EndingRule } from '../../faults/rule.ts';

/** What the server does with a message. */
export interface AckPlan {
  /** Whether recipients get it. */
  readonly deliver: boolean;
  /** Whether those who could read it send receipts. */
  readonly confirm: boolean;
  /** How it is acknowledged, and how many times; undefined when it never is. */
  readonly ack: { readonly delayMs: number; readonly error: number | undefined; readonly count: number } | undefined;
  /** What happens to the connection then. */
  readonly ending: EndingRule | undefined;
}

const AT_ONCE = { delayMs: 0, error: undefined, count: 1 };
/** WhatsApp's word for "you may not". */
const FORBIDDEN = 403;

/** The sender has no business in that chat. */
export const REFUSED: AckPlan = {
  deliver: false,
  confirm: false,
  ack: { ...AT_ONCE, error: FORBIDDEN },
  ending: undefined,
};

/** Pure: the plan for a message that the given rule strikes. A refused message is not delivered, any other one is. */
export function ackPlanFor(rule: AckRule | EndingRule | undefined): AckPlan {
  if (rule === undefined) return { deliver: true, confirm: true, ack: AT_ONCE, ending: undefined };
  const reach = { deliver: rule.deliver ?? rule.kind !== 'error-ack', confirm: rule.confirm ?? true };
  switch (rule.kind) {
    case 'no-ack':
      return { ...reach, ack: undefined, ending: undefined };
    case 'late-ack':
      return { ...reach, ack: { ...AT_ONCE, delayMs: rule.delayMs }, ending: undefined };
    case 'error-ack':
      return { ...reach, ack: { ...AT_ONCE, error: rule.code }, ending: undefined };
    case 'duplicate-ack':
      return { ...reach, ack: { ...AT_ONCE, count: 2 }, ending: undefined };
    default:
      return { ...reach, ack: rule.afterAck === true ? AT_ONCE : undefined, ending: rule };
  }
}
