import { html, svg, type TemplateResult } from 'lit-html';
import type { KnownSession } from '../session-list.ts';

const minuteMs = 60_000;

export function queueView({ queued }: KnownSession): string {
  return String(queued);
}

/** The tokens left, out of the burst. */
export function bucketView(session: KnownSession, now: number): TemplateResult {
  const { rateBurst } = session;
  // Tolerates floating point errors.
  const left = Math.floor(tokensAt(session, now) + 1e-6);
  return html`<span class="bucket">
    <svg class="level" viewBox="0 0 72 8" aria-hidden="true">${level((72 * left) / rateBurst)}</svg>
    <span class="number">${left} of ${rateBurst}</span>
  </span>`;
}

/** The filled part, out of a width of 72. */
function level(width: number): TemplateResult {
  return svg`<rect width=${width} height="8"></rect>`;
}

/** The refill is computed here, without a request. */
function tokensAt({ tokens, rateBurst, ratePerMin, loadedAt }: KnownSession, now: number): number {
  return Math.min(rateBurst, tokens + (Math.max(0, now - loadedAt) * ratePerMin) / minuteMs);
}
