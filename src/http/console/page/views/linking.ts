import { html, nothing, type TemplateResult } from 'lit-html';
import { duration } from '../format.ts';
import { awaitsPasskey, type Linking } from '../linking.ts';
import type { KnownSession } from '../session-list.ts';
import type { SessionPageState } from '../session-state.ts';
import { failureView } from './failure.ts';
import { fieldsOf } from './fields.ts';
import { panel } from './panel.ts';

/** Links a phone to a session without one. */
export function linkingView({ linking }: SessionPageState, session: KnownSession, now: number): TemplateResult {
  const { status } = session;
  if (awaitsPasskey(session)) return panel('linking', 'Link a phone', passkeyView());
  const body = html`
    <div class="linking">
      ${status === 'pairing' ? qrView(linking, now) : idleView(linking)}
      <form class="stack" @submit=${(event: SubmitEvent) => submit(linking, event)}>
        <label class="field">
          <span>Or get a code to type on the phone with this number</span>
          <input name="phone" inputmode="tel" autocomplete="off" required placeholder="15551234567" />
          <small>With the country code, digits only.</small>
        </label>
        <button type="submit">Get a code</button>
        ${pairingCodeView(linking, now)}
      </form>
    </div>
    ${linking.problem === null ? nothing : failureView(linking.problem)}
  `;
  return panel('linking', 'Link a phone', body);
}

function passkeyView(): TemplateResult {
  return html`
    <p role="status" data-value="passkey">
      A phone has accepted the code, and WhatsApp asks for the passkey of its number. A passkey works only on the page it
      belongs to, web.whatsapp.com, so this page cannot ask for it.
    </p>
    <p>
      How to give it through the <a href="/docs">API</a> is in docs/sessions.md, “Numbers that need a passkey”. Stop the
      session to link another number.
    </p>
  `;
}

function qrView({ qr }: Linking, now: number): TemplateResult {
  if (qr === null) return html`<p class="qr-place" role="status">Waiting for a code from WhatsApp …</p>`;
  return html`
    <figure class="qr">
      <div class="qr-place" role="img" aria-label="QR code to scan with the phone" data-qr=${qr.code}>${qr.image}</div>
      <figcaption>
        On the phone: Settings › Linked devices › Link a device. The code is renewed
        ${qr.expiresAt <= now ? 'now' : html`in <span class="number">${duration(qr.expiresAt - now + 999)}</span>`}.
      </figcaption>
    </figure>
  `;
}

function idleView(linking: Linking): TemplateResult {
  return html`
    <div class="qr-place">
      <button class="primary" type="button" @click=${() => linking.renew()}>Show a QR code</button>
    </div>
  `;
}

function pairingCodeView({ pairingCode }: Linking, now: number): unknown {
  if (pairingCode === null || pairingCode.expiresAt <= now) return nothing;
  return html`<p class="typed" role="status">
    <strong data-value="pairing-code">${pairingCode.code}</strong>
    <small>valid for <span class="number">${duration(pairingCode.expiresAt - now)}</span></small>
  </p>`;
}

function submit(linking: Linking, event: SubmitEvent): void {
  event.preventDefault();
  void linking.requestPairingCode(fieldsOf(event).text('phone').replaceAll(/[^\d]/g, ''));
}
