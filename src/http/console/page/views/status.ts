import { html, type TemplateResult } from 'lit-html';
import type { SessionStatus } from '../../../../domain/session.ts';
import { inWords } from '../format.ts';
import { icon } from './icons.ts';

/** The color of each status. Each also has a word and an icon, so that color is not the only difference. */
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

/** What the user can do about a reason; reasons that resolve themselves have no entry. */
const advice: Readonly<Record<string, string>> = {
  qr_expired: 'The code was not scanned in time. Show a new one when you have the phone ready.',
  passkey_required: 'WhatsApp links this number only with its passkey. Give it, or link another number.',
  passkey_failed: 'WhatsApp or the phone ended the exchange that follows a passkey. Link the number again.',
  logged_out: 'The session was removed under “Linked devices” on the phone. Link it again.',
  unlinked: 'The session was logged out here. Link it again to use it.',
  unlinked_offline: 'WhatsApp could not be notified. Also remove the session under “Linked devices” on the phone.',
  locked: 'WhatsApp has locked the account. Check the phone.',
  banned: 'WhatsApp has banned the number. Only WhatsApp can lift the ban.',
  replaced: 'The same login is used elsewhere, by another gateway or a copy of its store. Stop that one first.',
  client_outdated: 'WhatsApp no longer accepts this version. Update Troupe.',
  multi_device_mismatch: 'The phone does not support linked devices at the moment. Check it, then start the session.',
  temporarily_banned: 'WhatsApp has banned the number temporarily. Send less, and wait for the next attempt.',
  credentials_unreadable: 'The stored credentials are corrupt. Restore a backup, or log out and link again.',
  record_unreadable: 'The session was stored by a newer version of the gateway. Update this gateway.',
  store_unavailable: 'The gateway cannot write to its store. Check whether the disk is full.',
  crashed: 'An internal error, described in the gateway log. The session restarts by itself.',
};

export function adviceFor(reason: string | null): string | null {
  return reason === null ? null : (advice[reason] ?? null);
}
