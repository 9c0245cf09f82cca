import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { addressOf } from '../location.ts';
import { Session } from '../resources.ts';
import { dialogView } from './dialog.ts';
import { failureView } from './failure.ts';
import { fieldsOf } from './fields.ts';

/** The dialog that creates a session. */
export function newSessionDialog(app: App, appState: AppState): TemplateResult {
  return dialogView(app, {
    title: 'New session',
    body: html`
      <form class="stack" id="new-session" @submit=${(event: SubmitEvent) => create(app, appState, event)}>
        <label class="field">
          <span>Label</span>
          <input name="label" maxlength="100" autocomplete="off" placeholder="support" />
          <small>A name for this session. You can change it later.</small>
        </label>
        <label class="check"><input type="checkbox" name="start" checked />Start linking a phone right away</label>
        <label class="check"><input type="checkbox" name="autoRead" />Mark incoming messages as read</label>
        <label class="check"><input type="checkbox" name="presenceTyping" />Show “typing” while sending</label>
      </form>
    `,
    confirm: html`<button class="primary" type="submit" form="new-session">Create</button>`,
  });
}

async function create(app: App, appState: AppState, event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const fields = fieldsOf(event);
  const body = {
    label: fields.textOrNull('label'),
    start: fields.isChecked('start'),
    autoRead: fields.isChecked('autoRead'),
    presenceTyping: fields.isChecked('presenceTyping'),
  };
  const askedAt = performance.now();
  const answer = await appState.api.call('POST', 'sessions', Session, { body });
  if (!answer.ok) {
    app.openDialog(() =>
      dialogView(app, { title: 'The session could not be created', body: failureView(answer.failure) }),
    );
    return;
  }
  app.closeDialog();
  appState.sessions.put(answer.value, askedAt);
  location.hash = addressOf(answer.value.id);
}
