import * as v from 'valibot';
import type { Known } from './known.ts';

/** What WhatsApp said of an account: `new_chats` must not be begun, or their quota is used up. Times in epoch milliseconds. */
export interface ReportedRestriction {
  kind: 'new_chats' | 'new_chat_quota';
  isActive: boolean;
  /** Null when it is not known, or there is no restriction. */
  until: number | null;
}

/** A restriction as stored. `kind` may be one of a newer release. */
export const RestrictionSchema = v.looseObject({
  kind: v.string(),
  until: v.nullable(v.number()),
  /** When WhatsApp last said so. */
  reportedAt: v.number(),
});

export type Restriction = Known<v.InferOutput<typeof RestrictionSchema>>;

/** How long one without a known end is believed: WhatsApp is asked again at each login. */
const believedForMs = 24 * 60 * 60 * 1000;

function endOf({ until, reportedAt }: Restriction): number {
  return until ?? reportedAt + believedForMs;
}

/** The restriction that holds now, and of several the one that lasts longest. */
export function restrictionAt(restrictions: readonly Restriction[] = [], now: number): Restriction | null {
  const holding = restrictions.filter((each) => endOf(each) > now);
  return holding.toSorted((one, other) => endOf(other) - endOf(one))[0] ?? null;
}

/** The restrictions once WhatsApp has said more. */
export function afterReport(
  restrictions: readonly Restriction[] = [],
  { kind, isActive, until }: ReportedRestriction,
  now: number,
): Restriction[] {
  const others = restrictions.filter((each) => each.kind !== kind);
  return isActive ? [...others, { kind, until, reportedAt: now }] : others;
}

/** Whether WhatsApp has said something else than before. */
export function isNews(
  restrictions: readonly Restriction[] = [],
  { kind, isActive, until }: ReportedRestriction,
): boolean {
  const before = restrictions.find((each) => each.kind === kind);
  return isActive ? before === undefined || before.until !== until : before !== undefined;
}
