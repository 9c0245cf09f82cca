import { html, type TemplateResult } from 'lit-html';
import type { SendRequest } from '../send-reports.ts';
import type { Fields } from './fields.ts';

/** The form for one type of message. */
export interface MessageForm {
  label: string;
  inputs: TemplateResult;
  /** The fields of the body besides `to` and `type`. */
  content(fields: Fields): object;
}

const text = html`<label class="field">
  <span>Text</span>
  <textarea name="text" rows="3" required maxlength="4096"></textarea>
</label>`;

/** There is no file input: the gateway answers 501 without looking at a file. */
const media = (label: string): MessageForm => ({
  label: `${label} (not implemented)`,
  inputs: html`<p class="note">Media messages are not implemented yet: the gateway answers 501.</p>`,
  content: () => ({}),
});

const given = (object: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** All message types of the API. */
export const messageForms: Readonly<Record<string, MessageForm>> = {
  text: {
    label: 'Text',
    inputs: html`
      ${text}
      <label class="field">
        <span>Reply to <small>optional</small></span>
        <input name="replyTo" autocomplete="off" spellcheck="false" placeholder="waMessageId" />
      </label>
      <label class="field">
        <span>Mentions <small>optional, one JID per line</small></span>
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
        <span>Options <small>one per line, 2 to 12</small></span>
        <textarea name="options" rows="3" required></textarea>
      </label>
      <label class="field">
        <span>Maximum choices</span>
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
        <span>Or a vCard <small>instead of name and phone</small></span>
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
    label: 'Edit',
    inputs: html`
      <label class="field">
        <span>Message</span>
        <input name="target" required autocomplete="off" spellcheck="false" placeholder="waMessageId" />
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

/** The request for a filled-in form. */
export function requestOf(type: string, form: MessageForm, fields: Fields): SendRequest {
  const to = recipientOf(fields.text('to'));
  const idempotencyKey = fields.textOrNull('idempotencyKey');
  if (type === 'edit') {
    const path = `/messages/${encodeURIComponent(fields.text('target').trim())}`;
    return { method: 'PATCH', path, type, body: { chat: to, ...form.content(fields) }, idempotencyKey: null };
  }
  const path = fields.text('mode') === 'async' ? '/messages?async=true' : '/messages';
  return { method: 'POST', path, type, body: { to, type, ...form.content(fields) }, idempotencyKey };
}

/** A phone number stands for its user JID. */
function recipientOf(given: string): string {
  const trimmed = given.trim();
  const digits = trimmed.replaceAll(/[+\s()-]/g, '');
  return /^\d+$/.test(digits) ? `${digits}@s.whatsapp.net` : trimmed;
}
