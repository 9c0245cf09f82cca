import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { ConnectionState } from '../event-stream.ts';
import { duration } from '../format.ts';
import { icon } from './icons.ts';

export function headerView(app: App): TemplateResult {
  const { state, theme } = app;
  const other = theme.isDark ? 'light' : 'dark';
  return html`
    <header class="bar">
      <a class="brand" href="#/">${icon('brand')}<span>Troupe</span></a>
      <span class="spacer"></span>
      ${state === null ? nothing : connectionView(state.stream.state)}
      <button class="quiet square" type="button" aria-label="Switch to the ${other} theme" @click=${() => {
        theme.toggle();
        app.changed();
      }}>${icon(theme.isDark ? 'sun' : 'moon')}</button>
      ${
        state === null
          ? nothing
          : html`<button class="quiet" type="button" @click=${() => app.signOut()}>Sign out</button>`
      }
    </header>
  `;
}

/** This page's connection to the gateway, as opposed to the sessions' connections. */
function connectionView(state: ConnectionState): TemplateResult {
  const { tone, text, title } = labelOf(state);
  return html`<span class="link-state" data-tone=${tone} data-link=${state.kind} title=${title} role="status"
    ><span class="dot" aria-hidden="true"></span>${text}</span
  >`;
}

function labelOf(state: ConnectionState): { tone: string; text: string; title: string } {
  switch (state.kind) {
    case 'live':
      return { tone: 'good', text: 'Live', title: 'This page is updated live.' };
    case 'connecting':
      return { tone: 'busy', text: 'Connecting', title: 'Connecting to the gateway.' };
    case 'waiting': {
      const why = state.failure === null ? 'The connection to the gateway was lost.' : state.failure.message;
      const left = Math.max(0, state.at - Date.now());
      return { tone: 'bad', text: `Offline, retrying in ${duration(left + 999)}`, title: why };
    }
    case 'refused':
      return {
        tone: 'wait',
        text: 'Every 3 s',
        title: 'This credential lacks the capability read, so the page cannot follow events and reloads every 3 s.',
      };
  }
}
