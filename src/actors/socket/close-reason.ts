import { statusCodeOf, streamErrorTag } from './baileys-error.ts';
import type { CloseReason } from './port.ts';

/**
 * WhatsApp's and Baileys' status codes at the end of a connection. 408 is Baileys' own for silence, refused connections
 * and timeouts; 428 for a connection closed by the peer.
 */
const reasons: Record<number, CloseReason> = {
  401: 'logged_out',
  402: 'temporarily_banned',
  403: 'locked',
  405: 'client_outdated',
  406: 'banned',
  408: 'connection_lost',
  409: 'client_outdated',
  411: 'multi_device_mismatch',
  428: 'connection_closed',
  440: 'replaced',
  500: 'server_error',
  503: 'service_unavailable',
  515: 'restart_required',
};

/** The first child of a `<stream:error>` for a stanza that was not confirmed. It has no code, for which Baileys sets 500. */
const unconfirmed = 'ack';

/** Baileys' message, with code 408, when it has offered every QR code that it was given. */
const qrExhausted = 'QR refs attempts ended';

/** Why a connection ended, from Baileys' error. Unknown codes count as lost connections. */
export function closeReason(error: Error | undefined): CloseReason {
  if (error?.message === qrExhausted) return 'qr_expired';
  if (streamErrorTag(error) === unconfirmed) return 'stanza_unconfirmed';
  const code = statusCodeOf(error);
  return (code === undefined ? undefined : reasons[code]) ?? 'connection_lost';
}

/** How long WhatsApp bans the number, in ms; undefined when a refused login carries no valid number of seconds. */
export function banMsOf({ expire }: Record<string, string>): number | undefined {
  const seconds = Number(expire);
  return expire !== undefined && Number.isSafeInteger(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
