import type { BaileysEventMap, WASocket } from '@whiskeysockets/baileys';

/** Resolves with the first such event, from now on, that matches. */
export function next<E extends keyof BaileysEventMap>(
  socket: WASocket,
  event: E,
  matches: (value: BaileysEventMap[E]) => boolean = () => true,
): Promise<BaileysEventMap[E]> {
  return new Promise((resolve) => {
    socket.ev.on(event, (value) => {
      if (matches(value)) resolve(value);
    });
  });
}
