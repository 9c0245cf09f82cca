import { html, type TemplateResult } from 'lit-html';
import { dateAndTime, inWords } from '../format.ts';
import type { KnownSession } from '../session-list.ts';
import { bucketView } from './load.ts';
import { panel } from './panel.ts';

/** The session's properties besides its status. */
export function factsView(session: KnownSession, now: number): TemplateResult {
  const { id, phoneNumber, waJid, waLid, nodeId, queued, restriction, lastConnectedAt, createdAt } = session;
  const facts: [string, unknown][] = [
    ['Number', phoneNumber === null ? 'none yet' : `+${phoneNumber}`],
    ['Sends left', bucketView(session, now)],
    ['Queued', html`<span data-value="queued">${queued}</span>`],
    ...(restriction === null ? [] : [restrictionFact(restriction)]),
    ['Last connected', lastConnectedAt === null ? 'never' : dateAndTime(lastConnectedAt)],
    ['Created', dateAndTime(createdAt)],
    ['Node', nodeId ?? 'none at the moment'],
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

function restrictionFact({ kind, until }: NonNullable<KnownSession['restriction']>): [string, unknown] {
  return ['Restricted', html`${inWords(kind)}${until === null ? '' : ` until ${dateAndTime(until)}`}`];
}
