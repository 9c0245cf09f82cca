import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { repeat } from 'lit-html/directives/repeat.js';
import { type SessionStatus, sessionStatuses } from '../../../../domain/session.ts';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { duration, inWords } from '../format.ts';
import { addressOf } from '../location.ts';
import type { KnownSession } from '../session-list.ts';
import { failureView } from './failure.ts';
import { icon } from './icons.ts';
import { bucketView, queueView } from './load.ts';
import { nameOf } from './name.ts';
import { newSessionDialog } from './new-session.ts';
import { statusView } from './status.ts';

/** The list of all sessions. */
export function sessionsView(app: App, appState: AppState): TemplateResult {
  const { all, state } = appState.sessions;
  return html`
    <div class="page-head">
      <h1>Sessions</h1>
      ${summaryView(app, appState, all)}
      <span class="spacer"></span>
      ${all.length > 1 ? searchView(app, appState) : nothing}
      <button class="primary" type="button" @click=${() => app.openDialog(() => newSessionDialog(app, appState))}>
        ${icon('plus')}New session
      </button>
    </div>
    ${typeof state === 'object' ? failureView(state) : nothing}
    ${state === 'loading' && all.length === 0 ? html`<p class="empty">Loading …</p>` : nothing}
    ${state === 'ready' && all.length === 0 ? emptyView() : nothing}
    ${all.length === 0 ? nothing : shownView(app, appState, all)}
  `;
}

function emptyView(): TemplateResult {
  return html`<p class="empty">
    No sessions yet. A session connects one WhatsApp number: create a session, then scan its QR code with the phone.
  </p>`;
}

/** The number of sessions by status; each is a filter. */
function summaryView(app: App, { filter }: AppState, all: readonly KnownSession[]): TemplateResult {
  const byStatus = Map.groupBy(all, ({ status }) => status);
  const counts = sessionStatuses.flatMap((status) => {
    const { length } = byStatus.get(status) ?? [];
    return length > 0 || filter.status === status ? [{ status, length }] : [];
  });
  const toggle = (status: SessionStatus) => {
    filter.toggle(status);
    app.changed();
  };
  return html`<ul class="summary" aria-label="Sessions by status">
    ${counts.map(
      ({ status, length }) => html`<li>
        <button class="filter" type="button" aria-pressed=${filter.status === status} @click=${() => toggle(status)}>
          <b class="number">${length}</b>${statusView(status)}
        </button>
      </li>`,
    )}
  </ul>`;
}

function searchView(app: App, { filter }: AppState): TemplateResult {
  const search = ({ target }: Event) => {
    if (target instanceof HTMLInputElement) filter.text = target.value;
    app.changed();
  };
  return html`<input
    class="search"
    type="search"
    aria-label="Find a session"
    placeholder="Label, number or id"
    .value=${live(filter.text)}
    @input=${search}
  />`;
}

function shownView(app: App, { filter, api }: AppState, all: readonly KnownSession[]): TemplateResult {
  const shown = all.filter((session) => filter.matches(session));
  if (shown.length > 0) return tableView(shown, api.now());
  const reset = () => {
    filter.reset();
    app.changed();
  };
  return html`<p class="empty">No matching sessions. <button type="button" @click=${reset}>Show all</button></p>`;
}

function tableView(all: readonly KnownSession[], now: number): TemplateResult {
  return html`
    <table class="sessions">
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col">Reason</th>
          <th scope="col">Next attempt</th>
          <th scope="col">Queued</th>
          <th scope="col">Sends left</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          all,
          ({ id }) => id,
          (session) => rowView(session, now),
        )}
      </tbody>
    </table>
  `;
}

function rowView(session: KnownSession, now: number): TemplateResult {
  const { id, label, phoneNumber, status, statusSince, reason, nextAttemptAt } = session;
  return html`
    <tr data-session=${id}>
      <th scope="row">
        <a href=${addressOf(id)}>${nameOf(label, phoneNumber)}</a>
        <span class="under">${label !== null && phoneNumber !== null ? `+${phoneNumber}` : id}</span>
      </th>
      <td data-name="State">${statusView(status)}</td>
      <td data-name="Since" class="number">${duration(now - statusSince)}</td>
      ${reason === null || reason === status ? none : html`<td data-name="Reason">${inWords(reason)}</td>`}
      ${nextAttemptAt === null ? none : html`<td data-name="Next attempt" class="number">${untilView(nextAttemptAt - now)}</td>`}
      <td data-name="Queued" class="number">${queueView(session)}</td>
      <td data-name="Sends left">${bucketView(session, now)}</td>
    </tr>
  `;
}

/** An empty cell. */
const none = html`<td class="none">–</td>`;

function untilView(ms: number): string {
  return ms <= 0 ? 'now' : `in ${duration(ms + 999)}`;
}
