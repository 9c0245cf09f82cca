import { html, nothing, type TemplateResult } from 'lit-html';
import type { KnownSession } from '../session-list.ts';
import type { SessionPageState } from '../session-state.ts';
import { fieldsOf } from './fields.ts';
import { panel } from './panel.ts';

/** The session's settings. Updates from the gateway do not overwrite what the user is typing. */
export function settingsView(open: SessionPageState, session: KnownSession): TemplateResult {
  const { label, ratePerMin, rateBurst, ratePerHour, autoRead, presenceTyping } = session;
  const body = html`
    <form class="stack" @submit=${(event: SubmitEvent) => submit(open, event)}>
      <label class="field">
        <span>Label</span>
        <input name="label" maxlength="100" autocomplete="off" value=${label ?? ''} />
      </label>
      <div class="row">
        ${numberField('ratePerMin', 'Sends per minute', ratePerMin, 1_000)}
        ${numberField('rateBurst', 'Burst', rateBurst, 1_000)}
        ${numberField('ratePerHour', 'Sends per hour', ratePerHour, 60_000)}
      </div>
      <label class="check"><input type="checkbox" name="autoRead" ?checked=${autoRead} />Mark incoming messages as read</label>
      <label class="check"><input type="checkbox" name="presenceTyping" ?checked=${presenceTyping} />Show “typing” while sending</label>
      <div class="actions">
        <button type="submit" ?disabled=${open.running !== null}>${open.running === 'settings' ? 'Saving …' : 'Save'}</button>
        ${open.saved === null ? nothing : html`<span class="note" role="status">Saved.</span>`}
      </div>
    </form>
  `;
  return panel('settings', 'Settings', body);
}

function numberField(name: string, label: string, value: number, max: number): TemplateResult {
  return html`<label class="field">
    <span>${label}</span>
    <input name=${name} type="number" min="1" max=${max} required value=${value} />
  </label>`;
}

function submit(open: SessionPageState, event: SubmitEvent): void {
  event.preventDefault();
  const fields = fieldsOf(event);
  void open.changeSettings({
    label: fields.textOrNull('label'),
    ratePerMin: fields.number('ratePerMin'),
    rateBurst: fields.number('rateBurst'),
    ratePerHour: fields.number('ratePerHour'),
    autoRead: fields.isChecked('autoRead'),
    presenceTyping: fields.isChecked('presenceTyping'),
  });
}
