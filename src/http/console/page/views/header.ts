import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { LinkState } from '../event-stream.ts';
import { duration } from '../format.ts';
import { icon } from './icons.ts';

export function headerView(app: App): TemplateResult {
  const { desk, theme } = app;
  const other = theme.isDark ? 'light' : 'dark';
  return html`
    <header class="bar">
      <a class="brand" href="#/">${icon('brand')}<span>Troupe</span></a>
      <span class="spacer"></span>
      ${desk === null ? nothing : linkView(desk.stream.state)}
      <button class="quiet square" type="button" aria-label="Switch to the ${other} theme" @click=${() => {
        theme.toggle();
        app.changed();
      }}>${icon(theme.isDark ? 'sun' : 'moon')}</button>
      ${
        desk === null
          ? nothing
          : html`<button class="quiet" type="button" @click=${() => app.signOut()}>Sign out</button>`
      }
    </header>
  `;
}

/** How this page is connected, which is not how the sessions are. */
function linkView(state: LinkState): TemplateResult {
  const { tone, text, title } = told(state);
  return html`<span class="link-state" data-tone=${tone} data-link=${state.kind} title=${title} role="status"
    ><span class="dot" aria-hidden="true"></span>${text}</span
  >`;
}

function told(state: LinkState): { tone: string; text: string; title: string } {
  switch (state.kind) {
    case 'live':
      return { tone: 'good', text: 'Live', title: 'What happens is shown as it happens.' };
    case 'connecting':
      return { tone: 'busy', text: 'Connecting', title: 'The page connects to the gateway.' };
    case 'waiting': {
      const why = state.failure === null ? 'The connection to the gateway was lost.' : state.failure.message;
      const left = Math.max(0, state.at - Date.now());
      return { tone: 'bad', text: `Offline, again in ${duration(left + 999)}`, title: why };
    }
    case 'refused':
      return {
        tone: 'wait',
        text: 'Every 3 s',
        title: 'This credential may not read, so events do not come by themselves: the page asks every 3 s.',
      };
  }
}
