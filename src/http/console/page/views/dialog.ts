import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';

interface DialogParts {
  title: string;
  body: unknown;
  /** The button that does it; without one there is nothing to do but to close. */
  confirm?: TemplateResult;
}

/** A dialog that holds the focus until it is answered; Escape closes it. */
export function dialogView(app: App, { title, body, confirm }: DialogParts): TemplateResult {
  return html`
    <dialog aria-labelledby="dialog-title" @close=${() => app.closeDialog()}>
      <h2 id="dialog-title">${title}</h2>
      ${body}
      <div class="actions">
        <button type="button" @click=${() => app.closeDialog()}>${confirm === undefined ? 'Close' : 'Cancel'}</button>
        ${confirm ?? nothing}
      </div>
    </dialog>
  `;
}
