import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WASocket } from '@whiskeysockets/baileys';
import type { StoredAuth } from '../signal/auth-state.ts';

/**
 * Before a connection is closed in good order: the message that is being received is stored, confirmed and told, and no
 * other is begun. Once its ratchet is stored it cannot be decrypted again, so nobody would get it from the next
 * connection.
 */
export async function drainInbound(socket: WASocket, { signal }: StoredAuth): Promise<void> {
  await signal.finish();
  // Its receipt and its event follow within the turn.
  await nextTurn();
  socket.ev.flush();
}
