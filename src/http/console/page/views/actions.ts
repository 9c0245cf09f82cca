import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { KnownSession } from '../session-list.ts';
import type { Order, SessionPageState } from '../session-state.ts';
import { dialogView } from './dialog.ts';
import { nameOf } from './name.ts';

const resting: readonly string[] = ['stopped', 'logged_out', 'failed'];

/** What can be done with a session as it is. What destroys something asks first. */
export function actionsView(app: App, open: SessionPageState, session: KnownSession): TemplateResult {
  const { status, phoneNumber, label } = session;
  const isResting = resting.includes(status);
  const name = nameOf(label, phoneNumber);
  return html`
    <div class="actions" role="group" aria-label="What the session is to do">
      ${isResting ? button(open, 'start', 'Start') : button(open, 'stop', 'Stop')}
      ${
        phoneNumber === null
          ? nothing
          : html`<button type="button" ?disabled=${open.running !== null} @click=${() => app.ask(() => logoutDialog(app, open, name))}>
              Log out …
            </button>`
      }
      <button
        class="danger"
        type="button"
        ?disabled=${open.running !== null}
        @click=${() => app.ask(() => deleteDialog(app, open, name))}
      >
        Delete …
      </button>
    </div>
  `;
}

function button(open: SessionPageState, order: Order, label: string): TemplateResult {
  return html`<button type="button" ?disabled=${open.running !== null} @click=${() => open.order(order)}>
    ${open.running === order ? `${label} …` : label}
  </button>`;
}

function logoutDialog(app: App, open: SessionPageState, name: string): TemplateResult {
  return dialogView(app, {
    title: `Log out “${name}”?`,
    body: html`<p>
      The number is unlinked from its phone and its credentials are wiped. It has to be linked again before it can send;
      what is queued goes out only from the same number.
    </p>`,
    confirm: sure('Log out', async () => {
      app.closeDialog();
      await open.order('logout');
    }),
  });
}

function deleteDialog(app: App, open: SessionPageState, name: string): TemplateResult {
  return dialogView(app, {
    title: `Delete “${name}”?`,
    body: html`<p>
      The session and everything that is stored of it are deleted, its outbox included. That cannot be undone. Log it out
      first, or the phone keeps showing it as a linked device.
    </p>`,
    confirm: sure('Delete', async () => {
      app.closeDialog();
      await open.delete();
    }),
  });
}

function sure(label: string, act: () => Promise<void>): TemplateResult {
  return html`<button class="danger" type="button" @click=${act}>${label}</button>`;
}
