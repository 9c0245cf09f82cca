import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { KnownSession } from '../session-list.ts';
import type { SessionCommand, SessionPageState } from '../session-state.ts';
import { dialogView } from './dialog.ts';
import { nameOf } from './name.ts';

const inactive: readonly string[] = ['stopped', 'logged_out', 'failed'];

/** The commands that fit the session's status. Destructive ones open a confirmation dialog. */
export function actionsView(app: App, open: SessionPageState, session: KnownSession): TemplateResult {
  const { status, phoneNumber, label } = session;
  const isInactive = inactive.includes(status);
  const name = nameOf(label, phoneNumber);
  return html`
    <div class="actions" role="group" aria-label="Session commands">
      ${isInactive ? button(open, 'start', 'Start') : button(open, 'stop', 'Stop')}
      ${
        phoneNumber === null
          ? nothing
          : html`<button type="button" ?disabled=${open.running !== null} @click=${() => app.openDialog(() => logoutDialog(app, open, name))}>
              Log out …
            </button>`
      }
      <button
        class="danger"
        type="button"
        ?disabled=${open.running !== null}
        @click=${() => app.openDialog(() => deleteDialog(app, open, name))}
      >
        Delete …
      </button>
    </div>
  `;
}

function button(open: SessionPageState, command: SessionCommand, label: string): TemplateResult {
  return html`<button type="button" ?disabled=${open.running !== null} @click=${() => open.command(command)}>
    ${open.running === command ? `${label} …` : label}
  </button>`;
}

function logoutDialog(app: App, open: SessionPageState, name: string): TemplateResult {
  return dialogView(app, {
    title: `Log out “${name}”?`,
    body: html`<p>
      This unlinks the number from its phone and wipes its credentials. It must be linked again before it can send.
      Queued messages are only sent if the same number is linked again.
    </p>`,
    confirm: confirmButton('Log out', async () => {
      app.closeDialog();
      await open.command('logout');
    }),
  });
}

function deleteDialog(app: App, open: SessionPageState, name: string): TemplateResult {
  return dialogView(app, {
    title: `Delete “${name}”?`,
    body: html`<p>
      This deletes the session and all its stored data, including the outbox. It cannot be undone. Log out first, or the
      phone keeps showing the session as a linked device.
    </p>`,
    confirm: confirmButton('Delete', async () => {
      app.closeDialog();
      await open.delete();
    }),
  });
}

function confirmButton(label: string, act: () => Promise<void>): TemplateResult {
  return html`<button class="danger" type="button" @click=${act}>${label}</button>`;
}
