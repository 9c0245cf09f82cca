import { html, type TemplateResult } from 'lit-html';

/** A section with a heading. `aside` is placed beside the heading. */
export function panel(id: string, title: string, body: unknown, aside: unknown = ''): TemplateResult {
  return html`
    <section class="panel" aria-labelledby=${id} data-panel=${id}>
      <div class="panel-head">
        <h2 id=${id}>${title}</h2>
        ${aside}
      </div>
      ${body}
    </section>
  `;
}
