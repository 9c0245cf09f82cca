import type { WASocket } from '@whiskeysockets/baileys';

/** A contact gets one token in each of these intervals, which are aligned to the epoch. */
const intervalSeconds = 7 * 24 * 60 * 60;

/**
 * Records that the contact was issued a privacy token. Baileys issues one after a message unless one is recorded for this
 * interval. Its own record is lost, as it writes to the message's transaction, which is over by then; so it would query
 * WhatsApp again after every message.
 */
export async function recordPrivacyToken(
  { authState: { keys }, signalRepository }: WASocket,
  to: string,
): Promise<void> {
  const contact = (await signalRepository.lidMapping.getLIDForPN(to)) ?? to;
  const { [contact]: recorded } = await keys.get('tctoken', [contact]);
  const now = Math.floor(Date.now() / 1_000);
  if (recorded?.senderTimestamp !== undefined && intervalOf(recorded.senderTimestamp) === intervalOf(now)) return;
  await keys.set({ tctoken: { [contact]: { token: Buffer.alloc(0), ...recorded, senderTimestamp: now } } });
}

function intervalOf(seconds: number): number {
  return Math.floor(seconds / intervalSeconds);
}
