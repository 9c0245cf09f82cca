import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';

interface DialogParts {
  title: string;
  body: unknown;
  /** The confirm button; without one the dialog can only be closed. */
  confirm?: TemplateResult;
}

/** A modal dialog; Escape closes it. */
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
