import { html, type TemplateResult } from 'lit-html';
import type { KnownSession } from '../session-list.ts';

const minuteMs = 60_000;

export function queueView({ queued }: KnownSession): string {
  return String(queued);
}

/** How many sends the session may make at once now, out of how many after a quiet time. */
export function bucketView(session: KnownSession, now: number): TemplateResult {
  const { rateBurst } = session;
  const left = Math.floor(tokensAt(session, now) + 1e-6);
  return html`<span class="bucket">
    <meter min="0" max=${rateBurst} value=${left} aria-label="Sends left"></meter>
    <span class="number">${left} of ${rateBurst}</span>
  </span>`;
}

/** The bucket fills by itself, so that nobody has to be asked. */
function tokensAt({ tokens, rateBurst, ratePerMin, seenAt }: KnownSession, now: number): number {
  return Math.min(rateBurst, tokens + (Math.max(0, now - seenAt) * ratePerMin) / minuteMs);
}
