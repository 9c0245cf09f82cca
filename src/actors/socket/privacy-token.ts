import type { WASocket } from '@whiskeysockets/baileys';

/** A contact gets a token of ours once in each of these spans of time, which begin for everybody at once. */
const spanSeconds = 7 * 24 * 60 * 60;

/**
 * Notes that the contact was given a privacy token, which Baileys does behind a message when none is noted for this
 * span. Its own note is lost: it writes it into the transaction of the message, which is over by then, and so would ask
 * WhatsApp again behind every message.
 */
export async function recordPrivacyToken(
  { authState: { keys }, signalRepository }: WASocket,
  to: string,
): Promise<void> {
  const contact = (await signalRepository.lidMapping.getLIDForPN(to)) ?? to;
  const { [contact]: noted } = await keys.get('tctoken', [contact]);
  const now = Math.floor(Date.now() / 1_000);
  if (noted?.senderTimestamp !== undefined && spanOf(noted.senderTimestamp) === spanOf(now)) return;
  await keys.set({ tctoken: { [contact]: { token: Buffer.alloc(0), ...noted, senderTimestamp: now } } });
}

function spanOf(seconds: number): number {
  return Math.floor(seconds / spanSeconds);
}
