import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { headerView } from './header.ts';
import { sessionView } from './session.ts';
import { sessionsView } from './sessions.ts';
import { signInView } from './sign-in.ts';

export function appView(app: App): TemplateResult {
  const { state } = app;
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to the content</a>
    ${headerView(app)}
    <main id="main" tabindex="-1">${state === null ? signInView(app) : pageView(app, state)}</main>
    <p class="unseen" role="status">${app.announcement}</p>
    ${app.dialog === null ? nothing : app.dialog()}
  `;
}

function pageView(app: App, state: AppState): unknown {
  if (state.open === null) return sessionsView(app, state);
  // The forms of one session must not be reused for another.
  return keyed(state.open.id, sessionView(app, state, state.open));
}

/** The link must not change the hash, which names the current page. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
