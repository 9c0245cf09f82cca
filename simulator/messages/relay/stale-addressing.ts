import { type AckPlan, REFUSED } from './ack-plan.ts';
import type { Envelope } from './envelope.ts';

/** WhatsApp's code for a message that addresses the members of a group in the wrong name space. */
const STALE_ADDRESSING = 421;

/**
 * The plan for a message to a group that has moved to the other name space; undefined for any other. A message that does
 * not say how it addresses the members, as one for a single device, is taken.
 */
export function staleAddressingPlan({ message, group }: Envelope): AckPlan | undefined {
  const { addressing_mode: addressing } = message.attrs;
  if (group === undefined || addressing === undefined || addressing === group.settings.addressing) return undefined;
  return { ...REFUSED, ack: { delayMs: 0, count: 1, error: STALE_ADDRESSING } };
}
