import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { duration, inWords } from '../format.ts';
import type { KnownSession } from '../session-list.ts';
import type { SessionPageState } from '../session-state.ts';
import { actionsView } from './actions.ts';
import { feedView } from './event-feed.ts';
import { factsView } from './facts.ts';
import { failureView } from './failure.ts';
import { icon } from './icons.ts';
import { linkingView } from './linking.ts';
import { nameOf } from './name.ts';
import { outboxView } from './outbox.ts';
import { sendView } from './send.ts';
import { settingsView } from './settings.ts';
import { statechartView } from './statechart.ts';
import { adviceFor, statusView } from './status.ts';

/** The page of one session. */
export function sessionView(app: App, appState: AppState, open: SessionPageState): TemplateResult {
  const { session } = open;
  return html`
    <p class="crumb"><a href="#/">${icon('back')}Sessions</a></p>
    ${session === undefined ? missingView(appState) : knownView(app, appState, open, session)}
  `;
}

function missingView({ sessions: { state } }: AppState): TemplateResult {
  if (typeof state === 'object') return failureView(state);
  const text = state === 'loading' ? 'Loading …' : 'This session does not exist. It may have been deleted.';
  return html`<p class="empty">${text}</p>`;
}

function knownView(app: App, appState: AppState, open: SessionPageState, session: KnownSession): TemplateResult {
  const now = appState.api.now();
  return html`
    <div class="page-head">
      <h1>${nameOf(session.label, session.phoneNumber)}</h1>
      <span class="spacer"></span>
      ${actionsView(app, open, session)}
    </div>
    ${stateView(session, now)} ${open.problem === null ? nothing : failureView(open.problem)}
    <div class="columns">
      <div class="column">
        ${session.phoneNumber === null ? linkingView(open, session, now) : nothing}
        ${statechartView(open)} ${outboxView(open)} ${feedView(appState.eventFeed.of(open.id, shownEvents))}
      </div>
      <div class="column">${factsView(session, now)} ${sendView(open)} ${settingsView(open, session)}</div>
    </div>
  `;
}

const shownEvents = 30;

/** The status, its duration and reason, and the next attempt. */
function stateView({ status, statusSince, reason, nextAttemptAt }: KnownSession, now: number): TemplateResult {
  const advice = adviceFor(reason);
  return html`
    <div class="state">
      <span class="big">${statusView(status)}</span>
      <span>for <b class="number" data-value="since">${duration(now - statusSince)}</b></span>
      ${reason === null || reason === status ? nothing : html`<span>reason: <b>${inWords(reason)}</b></span>`}
      ${
        nextAttemptAt === null
          ? nothing
          : html`<span>next attempt <b class="number">${nextAttemptAt <= now ? 'now' : `in ${duration(nextAttemptAt - now + 999)}`}</b></span>`
      }
      ${advice === null ? nothing : html`<p class="advice">${advice}</p>`}
    </div>
  `;
}
