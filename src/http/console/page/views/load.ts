import { html, svg, type TemplateResult } from 'lit-html';
import type { KnownSession } from '../session-list.ts';

const minuteMs = 60_000;

export function queueView({ queued }: KnownSession): string {
  return String(queued);
}

/** How many sends the session may make at once now, out of how many after a quiet time. */
export function bucketView(session: KnownSession, now: number): TemplateResult {
  const { rateBurst } = session;
  // Fractions that come from adding up do not count.
  const left = Math.floor(tokensAt(session, now) + 1e-6);
  return html`<span class="bucket">
    <svg class="level" viewBox="0 0 72 8" aria-hidden="true">${level((72 * left) / rateBurst)}</svg>
    <span class="number">${left} of ${rateBurst}</span>
  </span>`;
}

/** How full it is, out of 72. */
function level(width: number): TemplateResult {
  return svg`<rect width=${width} height="8"></rect>`;
}

/** The bucket fills by itself, so that nobody has to be asked. */
function tokensAt({ tokens, rateBurst, ratePerMin, seenAt }: KnownSession, now: number): number {
  return Math.min(rateBurst, tokens + (Math.max(0, now - seenAt) * ratePerMin) / minuteMs);
}
