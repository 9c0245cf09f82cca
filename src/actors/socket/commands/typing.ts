import type { WASocket } from '@whiskeysockets/baileys';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';

export interface TypingDeps {
  after: ScheduleTimer;
  /** Aborted when the connection closes: then nobody sees it any more. */
  closing: AbortSignal;
}

/**
 * Shows a typing indicator in a chat for some time, and until `send` has ended. With 0 ms it only sends. False when the
 * connection closed before: nothing was sent, and the next one does.
 */
export async function whileTyping(
  socket: WASocket,
  { to, typingMs }: { to: string; typingMs: number },
  { after, closing }: TypingDeps,
  send: () => Promise<unknown>,
): Promise<boolean> {
  if (typingMs === 0) {
    await send();
    return true;
  }
  await socket.sendPresenceUpdate('composing', to);
  await sleep(after, typingMs, closing);
  if (closing.aborted) return false;
  try {
    await send();
  } finally {
    if (socket.ws.isOpen) await socket.sendPresenceUpdate('paused', to);
  }
  return true;
}
