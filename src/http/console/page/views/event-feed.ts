import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { timeOfDay } from '../format.ts';
import type { GatewayEvent } from '../resources.ts';
import { panel } from './panel.ts';

/** The session's events since the page was opened. */
export function feedView(events: readonly GatewayEvent[]): TemplateResult {
  const list = html`
    <ol class="feed">
      ${repeat(
        events,
        ({ id }) => id,
        (event) => eventView(event),
      )}
    </ol>
  `;
  return panel(
    'events',
    'Events',
    events.length === 0 ? html`<p class="empty">No events since this page was opened.</p>` : list,
  );
}

function eventView({ event, timestamp, payload }: GatewayEvent): TemplateResult {
  return html`
    <li data-event=${event}>
      <details>
        <summary>
          <time class="number">${timeOfDay(timestamp)}</time>
          <b>${event}</b>
          <span class="gist">${summaryOf(event, payload) ?? nothing}</span>
        </summary>
        <pre>${JSON.stringify(isSecret(event) ? { ...payload, ...hidden } : payload, null, 2)}</pre>
      </details>
    </li>
  `;
}

/** What links a phone is only shown in the linking panel. */
function isSecret(event: GatewayEvent['event']): boolean {
  return event.startsWith('auth.');
}

const hidden = { code: '…', publicKey: undefined };

/** The most important part of an event. */
function summaryOf(event: GatewayEvent['event'], payload: GatewayEvent['payload']): string | null {
  switch (event) {
    case 'session.status':
      return [payload['previous'], payload['status']].filter((part) => typeof part === 'string').join(' → ');
    case 'message.status':
      return `${payload['status']}${payload['possibleDuplicate'] === true ? ', possible duplicate' : ''}`;
    case 'message':
      return `${payload['fromMe'] === true ? 'sent from another device' : 'received'}: ${payload['type']}`;
    default:
      return null;
  }
}
