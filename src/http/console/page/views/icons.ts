import { html, svg, type TemplateResult } from 'lit-html';

/** Icons of 24 by 24 in the color of the surrounding text. */
const drawings = {
  brand: svg`<circle cx="7" cy="16" r="3.5" fill="currentColor" stroke="none"/><circle cx="12" cy="7.5" r="3.5" fill="currentColor" stroke="none"/><circle cx="17" cy="16" r="3.5" fill="currentColor" stroke="none"/>`,
  sun: svg`<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>`,
  moon: svg`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z"/>`,
  back: svg`<path d="m14 6-6 6 6 6"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  connected: svg`<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.7 2.7L16 9.8"/>`,
  connecting: svg`<path d="M20 12a8 8 0 0 1-14 5.3M4 12a8 8 0 0 1 14-5.3"/><path d="M18 3v4h-4M6 21v-4h4"/>`,
  pairing: svg`<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2"/>`,
  rate_limited: svg`<path d="M7 3h10M7 21h10M8 3v4l8 10v4M16 3v4L8 17v4"/>`,
  draining: svg`<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>`,
  stopped: svg`<rect x="5" y="5" width="14" height="14" rx="2"/>`,
  logged_out: svg`<path d="M13 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h7M11 12h9M16.5 8l4 4-4 4"/>`,
  failed: svg`<path d="M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.2"/>`,
};

export type IconName = keyof typeof drawings;

/** A decorative icon: the text beside it has its meaning. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${drawings[name]}</svg>`;
}
