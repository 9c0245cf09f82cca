import * as v from 'valibot';

/** The addresses and the root key of the simulated WhatsApp. */
export const WhatsAppSchema = v.object({ url: v.string(), rootKey: v.string(), controlUrl: v.string() });

export type WhatsApp = v.InferOutput<typeof WhatsAppSchema>;

/** Linking is CPU-bound, so more at a time would only be slower. */
export const linkedAtOnce = 8;

/** The contact that a session sends to; each session has its own. */
export function recipientOf(session: number): string {
  return `1555000${String(session).padStart(4, '0')}`;
}

/** Lets a simulated phone scan a QR code; resolves when the client is linked. */
export async function scan({ controlUrl }: WhatsApp, qr: string, phone: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${controlUrl}/scan`, { method: 'POST', headers, body: JSON.stringify({ qr, phone }) });
  if (response.status !== 204) throw new Error(`the phone could not scan the code: ${await response.text()}`);
}
