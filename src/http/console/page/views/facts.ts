import { html, type TemplateResult } from 'lit-html';
import { dateAndTime } from '../format.ts';
import type { KnownSession } from '../session-list.ts';
import { bucketView } from './load.ts';
import { panel } from './panel.ts';

/** What is known of the session beside its state. */
export function factsView(session: KnownSession, now: number): TemplateResult {
  const { id, phoneNumber, waJid, waLid, nodeId, queued, lastConnectedAt, createdAt } = session;
  const facts: [string, unknown][] = [
    ['Number', phoneNumber === null ? 'none yet' : `+${phoneNumber}`],
    ['Sends left', bucketView(session, now)],
    ['Queued', html`<span data-value="queued">${queued}</span>`],
    ['Last connected', lastConnectedAt === null ? 'never' : dateAndTime(lastConnectedAt)],
    ['Created', dateAndTime(createdAt)],
    ['Node', nodeId ?? 'on its way to one'],
    ['JID', waJid ?? '–'],
    ['LID', waLid ?? '–'],
    ['Id', html`<code>${id}</code>`],
  ];
  return panel(
    'facts',
    'Session',
    html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  );
}
