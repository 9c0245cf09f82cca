import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { inWords, moment, shortJid } from '../format.ts';
import type { OutboxEntry } from '../resources.ts';
import type { SessionPageState } from '../session-state.ts';
import { failureView } from './failure.ts';
import { panel } from './panel.ts';

/** The session's sends with their status, newest first. */
export function outboxView({ outbox }: SessionPageState): TemplateResult {
  const { entries, state } = outbox;
  const body = html`
    ${typeof state === 'object' ? failureView(state) : nothing}
    ${state === 'loading' ? html`<p class="empty">Loading …</p>` : nothing}
    ${state === 'ready' && entries.length === 0 ? html`<p class="empty">No sends yet.</p>` : nothing}
    ${entries.length === 0 ? nothing : tableView(entries, (id) => void outbox.cancel(id))}
  `;
  const pages =
    outbox.page === 1 && !outbox.hasEarlier
      ? nothing
      : html`<div class="pages" role="group" aria-label="Pages of the outbox">
          <button type="button" ?disabled=${outbox.page === 1} @click=${() => outbox.later()}>Newer</button>
          <span class="number">page ${outbox.page}</span>
          <button type="button" ?disabled=${!outbox.hasEarlier} @click=${() => outbox.earlier()}>Older</button>
        </div>`;
  return panel('outbox', 'Outbox', body, pages);
}

function tableView(entries: readonly OutboxEntry[], cancel: (id: string) => void): TemplateResult {
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Sends">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Accepted</th>
            <th scope="col">To</th>
            <th scope="col">Type</th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            entries,
            ({ outboxId }) => outboxId,
            (entry) => rowView(entry, cancel),
          )}
        </tbody>
      </table>
    </div>
  `;
}

function rowView(
  { outboxId, acceptedAt, to, type, mode, status, error, attempts }: OutboxEntry,
  cancel: (id: string) => void,
) {
  return html`
    <tr data-outbox=${outboxId}>
      <td class="number">${moment(acceptedAt)}</td>
      <td>${shortJid(to)}</td>
      <td>${type}${mode === 'async' ? html` <small>async</small>` : nothing}</td>
      <td>
        <span class="send-status" data-send-status=${status}>${status}</span>
        ${error === null ? nothing : html`<small>${inWords(error.code)}</small>`}
        ${attempts > 1 ? html`<small>${attempts} attempts</small>` : nothing}
        ${status === 'queued' ? html`<button class="quiet small" type="button" @click=${() => cancel(outboxId)}>Cancel</button>` : nothing}
      </td>
    </tr>
  `;
}
