import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.ts';
import { fieldsOf } from './fields.ts';

export function signInView(app: App): TemplateResult {
  const { signInState } = app;
  const problem = signInState.kind === 'ready' ? signInState.problem : null;
  return html`
    <section class="sign-in">
      <h1>Sign in</h1>
      <p class="lead">With an api key, or a login token from your identity provider.</p>
      <form class="stack" @submit=${(event: SubmitEvent) => submit(app, event)}>
        <label class="field">
          <span>Api key or login token</span>
          <input
            name="credential"
            type="password"
            required
            autocomplete="off"
            spellcheck="false"
            placeholder="wa_…"
            aria-describedby="kept ${problem === null ? '' : 'sign-in-problem'}"
            aria-invalid=${problem !== null}
          />
        </label>
        ${problem === null ? nothing : html`<p class="problem" id="sign-in-problem" role="alert">${problem}</p>`}
        <button class="primary" type="submit" ?disabled=${signInState.kind === 'checking'}>
          ${signInState.kind === 'checking' ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
      <p class="note" id="kept">
        The credential stays in this page's memory. Reloading or closing the page signs you out.
      </p>
    </section>
  `;
}

function submit(app: App, event: SubmitEvent): void {
  event.preventDefault();
  const credential = fieldsOf(event).text('credential').trim();
  if (credential !== '') void app.signIn(credential);
}
