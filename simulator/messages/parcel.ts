import type { Sealed } from '../accounts/simulated-device.ts';
import { bytes, child, children, requiredAttribute, type Stanza } from '../wire/stanza.ts';

/** The part of a message that is encrypted for one device. */
export interface Parcel {
  /** Address of the device. */
  readonly jid: string;
  readonly sealed: Sealed;
}

/** A message is encrypted for each device on its own; one for a single device (a resend) has no list of participants. */
export function parcelsOf(message: Stanza): Parcel[] {
  const participants = child(message, 'participants');
  if (participants === undefined) return parcels(message, requiredAttribute(message, 'to'));
  return children(participants, 'to').flatMap((to) => parcels(to, requiredAttribute(to, 'jid')));
}

function parcels(holder: Stanza, jid: string): Parcel[] {
  const enc = child(holder, 'enc');
  if (enc === undefined) return [];
  return [{ jid, sealed: { type: requiredAttribute(enc, 'type'), ciphertext: bytes(enc, 'ciphertext') } }];
}
