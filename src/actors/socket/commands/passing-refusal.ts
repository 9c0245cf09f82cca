/**
 * WhatsApp answers too many queries with 429, and those that it cannot answer at the moment with 5xx. `unanswered`: it
 * does not say what devices there are.
 */
function isPassing(code: string): boolean {
  return code === '429' || code === 'unanswered' || /^5\d\d$/.test(code);
}

/** Our codes for sends that may only have failed because a query was not answered. */
const needsAnswers: ReadonlySet<string> = new Set(['encryption_failed', 'recipient_unknown']);

/** Whether a code of a failure that certainly preceded the write may be another one later. */
export function isForNow(code: string, wasEverythingAnswered: boolean): boolean {
  return isPassing(code) || (!wasEverythingAnswered && needsAnswers.has(code));
}
