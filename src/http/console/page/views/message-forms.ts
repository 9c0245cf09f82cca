import { html, type TemplateResult } from 'lit-html';
import type { SendOrder } from '../send-reports.ts';
import type { Fields } from './fields.ts';

/** A kind of message: what has to be filled in for it, and the request that it becomes. */
export interface MessageForm {
  label: string;
  inputs: TemplateResult;
  /** What goes into the body beside `to` and `type`. What is left out is undefined. */
  content(fields: Fields): object;
}

const text = html`<label class="field">
  <span>Text</span>
  <textarea name="text" rows="3" required maxlength="4096"></textarea>
</label>`;

/** Which file it would be does not matter: the gateway answers 501 before it looks. */
const media = (label: string): MessageForm => ({
  label: `${label} (answered 501)`,
  inputs: html`<p class="note">The gateway does not send media yet. It answers 501, which is shown below.</p>`,
  content: () => ({}),
});

const given = (object: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** Every type of message that the API knows. */
export const messageForms: Readonly<Record<string, MessageForm>> = {
  text: {
    label: 'Text',
    inputs: html`
      ${text}
      <label class="field">
        <span>Reply to <small>optional</small></span>
        <input name="replyTo" autocomplete="off" spellcheck="false" placeholder="WhatsApp id of a message" />
      </label>
      <label class="field">
        <span>Mentions <small>optional, one JID a line</small></span>
        <textarea name="mentions" rows="1" spellcheck="false"></textarea>
      </label>
    `,
    content: (fields) => {
      const mentions = fields.lines('mentions');
      return given({
        text: fields.text('text'),
        replyTo: fields.textOrNull('replyTo'),
        mentions: mentions.length === 0 ? null : mentions,
      });
    },
  },
  poll: {
    label: 'Poll',
    inputs: html`
      <label class="field"><span>Question</span><input name="name" required maxlength="255" autocomplete="off" /></label>
      <label class="field">
        <span>Options <small>one a line, 2 to 12</small></span>
        <textarea name="options" rows="3" required></textarea>
      </label>
      <label class="field">
        <span>How many may be chosen</span>
        <input name="selectableCount" type="number" min="1" max="12" value="1" />
      </label>
    `,
    content: (fields) =>
      given({
        name: fields.text('name'),
        options: fields.lines('options'),
        selectableCount: fields.number('selectableCount'),
      }),
  },
  location: {
    label: 'Location',
    inputs: html`
      <div class="row">
        <label class="field"><span>Latitude</span><input name="latitude" type="number" step="any" min="-90" max="90" required /></label>
        <label class="field"><span>Longitude</span><input name="longitude" type="number" step="any" min="-180" max="180" required /></label>
      </div>
      <label class="field"><span>Name <small>optional</small></span><input name="name" maxlength="255" autocomplete="off" /></label>
    `,
    content: (fields) =>
      given({
        latitude: fields.number('latitude'),
        longitude: fields.number('longitude'),
        name: fields.textOrNull('name'),
      }),
  },
  contact: {
    label: 'Contact',
    inputs: html`
      <div class="row">
        <label class="field"><span>Name</span><input name="name" maxlength="100" autocomplete="off" /></label>
        <label class="field"><span>Phone</span><input name="phone" inputmode="tel" autocomplete="off" /></label>
      </div>
      <label class="field">
        <span>or a vCard <small>instead of both</small></span>
        <textarea name="vcard" rows="2" spellcheck="false" placeholder="BEGIN:VCARD …"></textarea>
      </label>
    `,
    content: (fields) => {
      const vcard = fields.textOrNull('vcard');
      const card = { name: fields.text('name'), phone: fields.text('phone').replaceAll(/[+\s-]/g, '') };
      return { contact: vcard === null ? card : { vcard } };
    },
  },
  edit: {
    label: 'Edit of a text',
    inputs: html`
      <label class="field">
        <span>Message</span>
        <input name="target" required autocomplete="off" spellcheck="false" placeholder="its WhatsApp id, waMessageId" />
      </label>
      ${text}
    `,
    content: (fields) => ({ text: fields.text('text') }),
  },
  image: media('Image'),
  video: media('Video'),
  audio: media('Audio'),
  document: media('Document'),
  sticker: media('Sticker'),
};

/** The request that a filled-in form stands for. */
export function orderOf(type: string, form: MessageForm, fields: Fields): SendOrder {
  const to = recipientOf(fields.text('to'));
  const idempotencyKey = fields.textOrNull('idempotencyKey');
  if (type === 'edit') {
    const path = `/messages/${encodeURIComponent(fields.text('target').trim())}`;
    return { method: 'PATCH', path, type, body: { chat: to, ...form.content(fields) }, idempotencyKey: null };
  }
  const path = fields.text('mode') === 'async' ? '/messages?async=true' : '/messages';
  return { method: 'POST', path, type, body: { to, type, ...form.content(fields) }, idempotencyKey };
}

/** A number by itself stands for the user who has it. */
function recipientOf(given: string): string {
  const trimmed = given.trim();
  const digits = trimmed.replaceAll(/[+\s()-]/g, '');
  return /^\d+$/.test(digits) ? `${digits}@s.whatsapp.net` : trimmed;
}
