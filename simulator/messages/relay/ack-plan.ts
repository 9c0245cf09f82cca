import type { AckRule, EndingRule } from '../../faults/rule.ts';

/** How the server handles a message. */
export interface AckPlan {
  /** Whether recipients get it. */
  readonly deliver: boolean;
  /** Whether devices that decrypt it send receipts. */
  readonly confirm: boolean;
  /** How it is acknowledged; undefined when it never is. */
  readonly ack: { readonly delayMs: number; readonly error: number | undefined; readonly count: number } | undefined;
  /** The fault that ends the connection then. */
  readonly ending: EndingRule | undefined;
}

const IMMEDIATE = { delayMs: 0, error: undefined, count: 1 };
/** WhatsApp's code for a sender without permission. */
const FORBIDDEN = 403;

/** For a sender who may not write to the chat. */
export const REFUSED: AckPlan = {
  deliver: false,
  confirm: false,
  ack: { ...IMMEDIATE, error: FORBIDDEN },
  ending: undefined,
};

/**
 * WhatsApp's code for a direct message that it does not let through: without a privacy token of the recipient who requires
 * one, or to a number that has moved to its LID.
 */
const NOT_REACHABLE = 463;

export const UNREACHABLE: AckPlan = { ...REFUSED, ack: { ...IMMEDIATE, error: NOT_REACHABLE } };

/** The plan for a message under a rule. A refused message is not delivered by default, any other one is. */
export function ackPlanFor(rule: AckRule | EndingRule | undefined): AckPlan {
  if (rule === undefined) return { deliver: true, confirm: true, ack: IMMEDIATE, ending: undefined };
  const delivery = { deliver: rule.deliver ?? rule.kind !== 'error-ack', confirm: rule.confirm ?? true };
  switch (rule.kind) {
    case 'no-ack':
      return { ...delivery, ack: undefined, ending: undefined };
    case 'late-ack':
      return { ...delivery, ack: { ...IMMEDIATE, delayMs: rule.delayMs }, ending: undefined };
    case 'error-ack':
      return { ...delivery, ack: { ...IMMEDIATE, error: rule.code }, ending: undefined };
    case 'duplicate-ack':
      return { ...delivery, ack: { ...IMMEDIATE, count: 2 }, ending: undefined };
    default:
      return { ...delivery, ack: rule.afterAck === true ? IMMEDIATE : undefined, ending: rule };
  }
}
