import { html, type TemplateResult } from 'lit-html';
import type { SessionStatus } from '../../../../domain/session.ts';
import { inWords } from '../format.ts';
import { icon } from './icons.ts';

/** How a status looks: each has a word and a picture of its own, so that the colour is not all that tells them apart. */
const tones: Readonly<Record<SessionStatus, 'good' | 'busy' | 'wait' | 'rest' | 'bad'>> = {
  connected: 'good',
  connecting: 'busy',
  pairing: 'busy',
  draining: 'busy',
  rate_limited: 'wait',
  stopped: 'rest',
  logged_out: 'bad',
  failed: 'bad',
};

export function statusView(status: SessionStatus): TemplateResult {
  return html`<span class="status" data-tone=${tones[status]} data-status=${status}
    >${icon(status)}${inWords(status)}</span
  >`;
}

/** What a person can do about a reason; for those that pass by themselves there is nothing to do. */
const advice: Readonly<Record<string, string>> = {
  qr_expired: 'Nobody scanned the code in time. Show a new one when the phone is at hand.',
  logged_out: 'It was removed under “Linked devices” on the phone. Link it again.',
  unlinked: 'It was unlinked here. Link it again when it is to be used.',
  unlinked_offline: 'WhatsApp could not be told: remove it under “Linked devices” on the phone, too.',
  locked: 'WhatsApp has locked the account. Look at the phone.',
  banned: 'WhatsApp has banned the number. Only WhatsApp can lift that.',
  replaced: 'The same login is used elsewhere, by another gateway or a copy of its store. End that one first.',
  client_outdated: 'WhatsApp does not take this version any more. Update Troupe.',
  multi_device_mismatch: 'The phone cannot have linked devices at the moment. Look at it, then start the session.',
  temporarily_banned: 'WhatsApp has banned the number for a time. Send less, and wait for the next attempt.',
  credentials_unreadable: 'What is stored of the login is damaged. Restore a backup, or log out and link again.',
  record_unreadable: 'A newer version of the gateway has stored it in a form that this one does not know. Update it.',
  store_unavailable: 'The store cannot be written: is the disk full?',
  crashed: 'A fault of the gateway; its log has it. The session is begun anew by itself.',
};

export function adviceFor(reason: string | null): string | null {
  return reason === null ? null : (advice[reason] ?? null);
}
