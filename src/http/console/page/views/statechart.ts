import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { timeOfDay } from '../format.ts';
import type { SessionPageState } from '../session-state.ts';
import type { Statechart, Transition } from '../statechart.ts';
import { failureView } from './failure.ts';
import { panel } from './panel.ts';

/** The state machine, with the states that it is in marked, and how it got there. */
export function statechartView({ statechart }: SessionPageState): TemplateResult {
  const { picture, state, leaves, zoom } = statechart;
  const where = leaves.map(inWords);
  const body = html`
    ${typeof state === 'object' ? failureView(state) : nothing}
    ${
      picture === null
        ? nothing
        : html`<div
            class="chart"
            data-zoom=${zoom}
            data-chart=${typeof state === 'string' ? state : 'refused'}
            tabindex="0"
            role="group"
            aria-label="Statechart. The machine is in ${where.length === 0 ? 'states that are not known yet' : where.join(' and ')}."
          >
            ${picture}
          </div>`
    }
    <p class="where" data-value="where">${where.map((words) => html`<span>${words}</span>`)}</p>
    ${transitionsView(statechart.transitions)}
  `;
  return panel('statechart', 'State machine', body, zoomView(statechart));
}

function zoomView(statechart: Statechart): TemplateResult {
  const other = statechart.zoom === 'close' ? 'whole' : 'close';
  return html`<button class="quiet small" type="button" @click=${() => statechart.look(other)}>
    ${other === 'whole' ? 'Show all of it' : 'Show it closer'}
  </button>`;
}

function transitionsView(transitions: readonly Transition[]): unknown {
  if (transitions.length === 0) return html`<p class="empty">No transition since this page was opened.</p>`;
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

/** `lifecycle.online.rateLimited` as a person says it: `online › rate limited`. */
function inWords(path: string): string {
  const [region, ...states] = path.split('.');
  const words = states.map(spaced).join(' › ');
  return region === 'lifecycle' ? words : `${region}: ${words}`;
}

/** XState's own events carry the path of a state: `xstate.done.actor.0.session.delivery.beginning`. */
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
