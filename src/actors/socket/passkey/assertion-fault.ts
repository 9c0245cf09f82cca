import * as v from 'valibot';
import type { Assertion, PasskeyOptions } from '../../../domain/passkey.ts';

const ClientDataSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ type: v.string(), challenge: v.string(), origin: v.string() }),
);

/** What is wrong with an assertion before WhatsApp sees it; null when only WhatsApp can tell. */
export function faultOf({ id, rawId, response }: Assertion, { challenge }: PasskeyOptions): string | null {
  const clientData = v.safeParse(ClientDataSchema, Buffer.from(response.clientDataJSON, 'base64url').toString());
  if (!clientData.success) return 'response.clientDataJSON is not the client data of WebAuthn';
  const { type, challenge: signed, origin } = clientData.output;
  if (type !== 'webauthn.get') return 'the credential is not an assertion: use navigator.credentials.get';
  if (origin !== 'https://web.whatsapp.com') return 'the assertion was not made on https://web.whatsapp.com';
  if (signed !== challenge)
    return 'the assertion is for another challenge: get the passkey again and sign its challenge';
  return id === rawId ? null : 'id and rawId differ';
}
