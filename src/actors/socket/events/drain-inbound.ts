import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WASocket } from '@whiskeysockets/baileys';
import type { StoredAuth } from '../signal/auth-state.ts';

/**
 * To be called before an orderly close: the message that is being received is decrypted, confirmed and emitted, and no
 * other is begun. Once its ratchet is stored it cannot be decrypted again, so the next connection could not deliver it.
 */
export async function drainInbound(socket: WASocket, { signal }: StoredAuth): Promise<void> {
  await signal.finish();
  // Its receipt and its event follow within one turn of the event loop.
  await nextTurn();
  socket.ev.flush();
}
