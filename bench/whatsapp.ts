import * as v from 'valibot';

/** How the simulated WhatsApp is reached. */
export const WhatsAppSchema = v.object({ url: v.string(), rootKey: v.string(), controlUrl: v.string() });

export type WhatsApp = v.InferOutput<typeof WhatsAppSchema>;

/** Linking is all CPU, so more at a time would only make each of them slower. */
export const linkedAtOnce = 8;

/** The person that a session writes to. Each has one of their own, as numbers in use do. */
export function recipientOf(session: number): string {
  return `1555000${String(session).padStart(4, '0')}`;
}

/** Lets a simulated phone scan a QR code; resolves when the client is linked. */
export async function scan({ controlUrl }: WhatsApp, qr: string, phone: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${controlUrl}/scan`, { method: 'POST', headers, body: JSON.stringify({ qr, phone }) });
  if (response.status !== 204) throw new Error(`the phone could not scan the code: ${await response.text()}`);
}
