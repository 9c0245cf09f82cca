import { html, nothing, type TemplateResult } from 'lit-html';
import { adviceFor, type Failure } from '../failure.ts';

/** A failure, and what to do about it. */
export function failureView(failure: Failure): TemplateResult {
  const advice = adviceFor(failure);
  return html`
    <div class="problem" role="alert">
      <p>${failure.message} <code>${failure.status === 0 ? 'no response' : `${failure.status} ${failure.code}`}</code></p>
      ${advice === null ? nothing : html`<p>${advice}</p>`}
    </div>
  `;
}
