import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { timeOfDay } from '../format.ts';
import type { SessionPageState } from '../session-state.ts';
import type { Statechart, Transition } from '../statechart.ts';
import { failureView } from './failure.ts';
import { panel } from './panel.ts';

/** The state machine with its active states highlighted, and the last transitions. */
export function statechartView({ statechart }: SessionPageState): TemplateResult {
  const { diagram, state, leaves, zoom } = statechart;
  const active = leaves.map(inWords);
  const body = html`
    ${typeof state === 'object' ? failureView(state) : nothing}
    ${
      diagram === null
        ? nothing
        : html`<div
            class="chart"
            data-zoom=${zoom}
            data-chart=${typeof state === 'string' ? state : 'refused'}
            tabindex="0"
            role="group"
            aria-label="Statechart. Active states: ${active.length === 0 ? 'not known yet' : active.join(' and ')}."
          >
            ${diagram}
          </div>`
    }
    <p class="where" data-value="where">${active.map((words) => html`<span>${words}</span>`)}</p>
    ${transitionsView(statechart.transitions)}
  `;
  return panel('statechart', 'State machine', body, zoomView(statechart));
}

function zoomView(statechart: Statechart): TemplateResult {
  const other = statechart.zoom === 'close' ? 'whole' : 'close';
  return html`<button class="quiet small" type="button" @click=${() => statechart.setZoom(other)}>
    ${other === 'whole' ? 'Show whole chart' : 'Zoom in'}
  </button>`;
}

function transitionsView(transitions: readonly Transition[]): unknown {
  if (transitions.length === 0) return html`<p class="empty">No transitions since this page was opened.</p>`;
  return html`
    <h3>Last transitions</h3>
    <ol class="transitions">
      ${repeat(
        transitions,
        ({ number }) => number,
        ({ at, event, reason, from, to }) => html`
          <li data-transition=${event}>
            <time class="number">${timeOfDay(at)}</time>
            <code>${eventName(event)}${reason === null ? nothing : `: ${reason}`}</code>
            <span>${from.map(lastOf).join(', ')} → <b>${to.map(lastOf).join(', ')}</b></span>
          </li>
        `,
      )}
    </ol>
  `;
}

/** `lifecycle.online.rateLimited` for people: `online › rate limited`. */
function inWords(path: string): string {
  const [region, ...states] = path.split('.');
  const words = states.map(spaced).join(' › ');
  return region === 'lifecycle' ? words : `${region}: ${words}`;
}

/** XState's own events contain the path of a state: `xstate.done.actor.0.session.delivery.beginning`. */
function eventName(event: string): string {
  const [, kind, rest] = /^xstate\.(done|error|after)\.(.+)$/.exec(event) ?? [];
  if (kind === undefined || rest === undefined) return event;
  if (kind === 'after') return `after ${rest.split('.')[0]}`;
  return `${kind} ${lastOf(rest)}`;
}

function lastOf(path: string): string {
  return spaced(path.split('.').at(-1) ?? path);
}

function spaced(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, (_, end: string, beginning: string) => `${end} ${beginning.toLowerCase()}`);
}
