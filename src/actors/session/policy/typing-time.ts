import type { OutboxRow } from '../../../domain/outbox.ts';

/** Long enough to be seen, and no longer than a caller may be kept waiting. */
const minMs = 500;
const maxMs = 3_000;

/** A fast typist takes longer, but nobody watches all of it. */
const perCharacterMs = 40;

/** The share of the time for an acknowledgement that typing may take. */
const shareOfTimeout = 0.25;

/**
 * How long a typing indicator is shown before a message, in ms. It counts as part of the send, so it is shorter when sends
 * must be acknowledged soon. An edit is not announced: it changes what is there.
 */
export function typingMsFor(content: OutboxRow['content'], sendTimeoutMs: number): number {
  if (content.type === 'edit' || content.type === 'unsupported') return 0;
  const typed = content.type === 'text' ? content.text.length : 0;
  const wanted = Math.min(Math.max(typed * perCharacterMs, minMs), maxMs);
  return Math.round(Math.min(wanted, sendTimeoutMs * shareOfTimeout));
}
