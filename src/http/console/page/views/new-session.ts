import { html, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import type { AppState } from '../app-state.ts';
import { addressOf } from '../location.ts';
import { Session } from '../resources.ts';
import { dialogView } from './dialog.ts';
import { failureView } from './failure.ts';
import { fieldsOf } from './fields.ts';

/** Asks what the new session is to be like. */
export function newSessionDialog(app: App, desk: AppState): TemplateResult {
  return dialogView(app, {
    title: 'New session',
    body: html`
      <form class="stack" id="new-session" @submit=${(event: SubmitEvent) => create(app, desk, event)}>
        <label class="field">
          <span>Label</span>
          <input name="label" maxlength="100" autocomplete="off" placeholder="support" />
          <small>What you call it. It can be changed later.</small>
        </label>
        <label class="check"><input type="checkbox" name="start" checked />Begin linking a phone at once</label>
        <label class="check"><input type="checkbox" name="autoRead" />Mark incoming messages as read</label>
        <label class="check"><input type="checkbox" name="presenceTyping" />Show “typing” while sending</label>
      </form>
    `,
    confirm: html`<button class="primary" type="submit" form="new-session">Create</button>`,
  });
}

async function create(app: App, desk: AppState, event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const fields = fieldsOf(event);
  const body = {
    label: fields.textOrNull('label'),
    start: fields.isChecked('start'),
    autoRead: fields.isChecked('autoRead'),
    presenceTyping: fields.isChecked('presenceTyping'),
  };
  const askedAt = performance.now();
  const answer = await desk.api.call('POST', 'sessions', Session, { body });
  if (!answer.ok) {
    app.ask(() => dialogView(app, { title: 'No session was created', body: failureView(answer.failure) }));
    return;
  }
  app.closeDialog();
  desk.sessions.put(answer.value, askedAt);
  location.hash = addressOf(answer.value.id);
}
