import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { headerView } from './header.ts';
import { sessionView } from './session.ts';
import { sessionsView } from './sessions.ts';
import { signInView } from './sign-in.ts';

export function appView(app: App): TemplateResult {
  const { desk } = app;
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to the content</a>
    ${headerView(app)}
    <main id="main" tabindex="-1">${desk === null ? signInView(app) : placeView(app, desk)}</main>
    <p class="unseen" role="status">${app.announcement}</p>
    ${app.dialog === null ? nothing : app.dialog()}
  `;
}

function placeView(app: App, desk: AppState): unknown {
  if (desk.open === null) return sessionsView(app, desk);
  // The forms of one session have nothing to do with those of another.
  return keyed(desk.open.id, sessionView(app, desk, desk.open));
}

/** The address after the # says where in the console we are. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
