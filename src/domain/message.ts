import * as v from 'valibot';
import { RecipientJidSchema } from './jid.ts';

/** The longest text that is accepted, in UTF-16 units. */
const maxTextLength = 4096;

const TextSchema = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(maxTextLength, `must be at most ${maxTextLength} characters`),
);

/** The body of `POST /sessions/{session}/messages`. `type` decides which other fields are required. */
export const SendBodySchema = v.variant('type', [
  v.strictObject({ to: RecipientJidSchema, type: v.literal('text'), text: TextSchema }),
]);

/** What a message carries, free of any WhatsApp library's shapes. */
export const ContentSchema = v.variant('type', [v.strictObject({ type: v.literal('text'), text: TextSchema })]);

export type Content = v.InferOutput<typeof ContentSchema>;
