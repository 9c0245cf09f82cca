import { proto } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { Phone } from '../api/phone-api.ts';
import { reasonOf, SimulatorError } from '../errors.ts';

const LONGEST_TEXT = 65_536;
const LONGEST_ID = 128;

export const anyText = v.pipe(v.string(), v.nonEmpty(), v.maxLength(LONGEST_TEXT));

/** What the stanza says instead of what it would say by itself. */
const disguise = {
  id: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(LONGEST_ID))),
  from: v.optional(v.string()),
  participant: v.optional(v.string()),
};

/** A text, or the JSON form of WhatsApp's protobuf `Message`, with base64 for bytes. */
export const newMessage = v.union([
  v.strictObject({ to: v.string(), text: anyText, ...disguise }),
  v.strictObject({ to: v.string(), message: v.record(v.string(), v.unknown()), ...disguise }),
]);

/** Resolves with the id of the message. Rejects with `validation_error` when `message` is not a valid one. */
export function sendMessage(phone: Phone, body: v.InferOutput<typeof newMessage>): Promise<string> {
  if ('text' in body) return phone.sendText(body.to, body.text, body);
  return phone.send(body.to, messageFromJson(body.message), body);
}

/** Throws `validation_error` when it is not the JSON form of a protobuf `Message`. */
export function messageFromJson(json: Record<string, unknown>): proto.IMessage {
  const details = { field: 'message' };
  try {
    const message = proto.Message.fromObject(json);
    if (Object.keys(message).length > 0) return message;
  } catch (cause) {
    throw new SimulatorError('validation_error', `message is not a valid protobuf Message: ${reasonOf(cause)}`, {
      details,
      cause,
    });
  }
  throw new SimulatorError('validation_error', 'message has no field of the protobuf Message', { details });
}
