import { type BinaryNode, getBinaryNodeChild } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { maxPasskeyMs, type PasskeyOptions, PasskeyOptionsSchema } from '../../../domain/passkey.ts';

const maxBytes = 16_384;

const RequestSchema = v.pipe(v.string(), v.parseJson(), PasskeyOptionsSchema);

/** The options in `<passkey_request_options>`, in a notification or an answer; null when they cannot be read. */
export function optionsIn(node: BinaryNode): PasskeyOptions | null {
  const content = getBinaryNodeChild(node, 'passkey_request_options')?.content;
  if (!(content instanceof Uint8Array) || content.length > maxBytes) return null;
  const parsed = v.safeParse(RequestSchema, Buffer.from(content).toString());
  return parsed.success ? parsed.output : null;
}

/** Until when an answer can be given, in epoch milliseconds. */
export function expiryOf({ timeout = maxPasskeyMs }: PasskeyOptions, now: number): number {
  return now + Math.min(Math.max(0, timeout), maxPasskeyMs);
}
