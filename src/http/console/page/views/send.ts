import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { repeat } from 'lit-html/directives/repeat.js';
import { adviceFor } from '../failure.ts';
import { timeOfDay } from '../format.ts';
import type { SendReport } from '../send-reports.ts';
import type { SessionPageState } from '../session-state.ts';
import { fieldsOf } from './fields.ts';
import { messageForms, requestOf } from './message-forms.ts';
import { panel } from './panel.ts';

/** The form for all message types, and the reports of the last requests. */
export function sendView(open: SessionPageState): TemplateResult {
  const { reports } = open;
  const form = messageForms[reports.type];
  const body = html`
    <form class="stack" @submit=${(event: SubmitEvent) => submit(open, event)}>
      <div class="row">
        <label class="field">
          <span>Type</span>
          <select name="type" @change=${({ target }: Event) => choose(open, target)}>
            ${Object.entries(messageForms).map(
              ([type, { label }]) => html`<option value=${type} ?selected=${type === reports.type}>${label}</option>`,
            )}
          </select>
        </label>
        <label class="field">
          <span>To</span>
          <input name="to" required autocomplete="off" spellcheck="false" placeholder="15550000001, or a JID" />
        </label>
      </div>
      ${keyed(reports.type, form?.inputs)} ${reports.type === 'edit' ? nothing : modeView()}
      <div class="actions">
        <button class="primary" type="submit">Send</button>
        ${reports.inFlight === 0 ? nothing : html`<span class="note" role="status">Waiting for the response …</span>`}
      </div>
    </form>
    <ol class="reports" aria-live="polite" aria-label="Responses">${repeat(
      reports.reports,
      ({ number }) => number,
      (report, index) => reportView(report, index === 0),
    )}</ol>
  `;
  return panel('send', 'Send', body);
}

function modeView(): TemplateResult {
  return html`
    <fieldset class="choice">
      <legend>Respond</legend>
      <label class="check"><input type="radio" name="mode" value="sync" checked />when WhatsApp has acknowledged</label>
      <label class="check"><input type="radio" name="mode" value="async" />when it is queued</label>
    </fieldset>
    <label class="field">
      <span>Idempotency key <small>optional</small></span>
      <input name="idempotencyKey" maxlength="255" autocomplete="off" spellcheck="false" placeholder="order-1042" />
    </label>
  `;
}

function reportView(report: SendReport, isNewest: boolean): TemplateResult {
  const { failure, status, tookMs, at, json, type, number } = report;
  const advice = failure === null ? null : adviceFor(failure);
  return html`
    <li class="report" data-tone=${failure === null ? 'good' : 'bad'} data-type=${type} data-http=${status} data-report=${number}>
      <p>
        <b>${status === 0 ? 'No response' : status}</b> ${type}
        <span class="number">${tookMs.toFixed(0)} ms</span>
        <time class="number">${timeOfDay(at)}</time>
      </p>
      ${failure === null ? nothing : html`<p>${failure.message}</p>`} ${advice === null ? nothing : html`<p>${advice}</p>`}
      ${
        json === undefined
          ? nothing
          : html`<details ?open=${isNewest}><summary>Response</summary><pre>${JSON.stringify(json, null, 2)}</pre></details>`
      }
    </li>
  `;
}

function choose(open: SessionPageState, target: EventTarget | null): void {
  if (target instanceof HTMLSelectElement) open.reports.choose(target.value);
}

function submit(open: SessionPageState, event: SubmitEvent): void {
  event.preventDefault();
  const { reports } = open;
  const form = messageForms[reports.type];
  if (form !== undefined) void reports.send(requestOf(reports.type, form, fieldsOf(event)));
}
