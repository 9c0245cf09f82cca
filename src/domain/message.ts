import * as v from 'valibot';
import { boundedArray } from './bounded-array.ts';
import type { Contact } from './contact.ts';
import { MentionJidSchema, PhoneSchema, RecipientJidSchema } from './jid.ts';

/** The longest text that is accepted, in UTF-16 units. */
const maxTextLength = 4096;

export const TextSchema = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(maxTextLength, `must be at most ${maxTextLength} characters`),
);

/** A WhatsApp message id, as it comes back from a send or with a received message. */
export const WaMessageIdSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be a WhatsApp message id: 1 to 64 of A-Z a-z 0-9 . _ -'),
);

export const MentionsSchema = boundedArray(256, MentionJidSchema);

const PollOptionSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must be at most 100 characters'),
);

/** One line of text as a contact card may hold it: a line break would begin another field of the card. */
const CardLineSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must be at most 100 characters'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  v.regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/, 'must not contain line breaks or control characters'),
);

const VcardSchema = v.pipe(
  v.string(),
  v.maxLength(10_000, 'must be at most 10000 characters'),
  v.regex(/^BEGIN:VCARD\r?\n[\s\S]*\nEND:VCARD\s*$/i, 'must be a vCard, from BEGIN:VCARD to END:VCARD'),
);

const ContactSchema = v.union(
  [v.strictObject({ name: CardLineSchema, phone: PhoneSchema }), v.strictObject({ vcard: VcardSchema })],
  'must be {name, phone} or {vcard}',
);

const addressed = { to: RecipientJidSchema };

/** `text` is ignored on other types; any other field of a foreign type is refused. */
const ignoredText = { text: v.optional(v.unknown()) };

const PollBodySchema = v.pipe(
  v.strictObject({
    ...addressed,
    ...ignoredText,
    type: v.literal('poll'),
    name: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, 'must not be empty'),
      v.maxLength(255, 'must be at most 255 characters'),
    ),
    options: v.pipe(
      boundedArray(12, PollOptionSchema),
      v.minLength(2, 'must be at least 2'),
      v.check((options) => new Set(options).size === options.length, 'must be distinct'),
    ),
    selectableCount: v.optional(
      v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1')),
      1,
    ),
  }),
  v.forward(
    v.check(({ options, selectableCount }) => selectableCount <= options.length, 'must not be more than the options'),
    ['selectableCount'],
  ),
);

const degrees = (limit: number) =>
  v.pipe(
    v.number(),
    v.finite(),
    v.minValue(-limit, `must be at least -${limit}`),
    v.maxValue(limit, `must be at most ${limit}`),
  );

/** The body of `POST /sessions/{session}/messages`. `type` decides which other fields are required. */
export const SendBodySchema = v.variant('type', [
  v.strictObject({
    ...addressed,
    type: v.literal('text'),
    text: TextSchema,
    replyTo: v.optional(WaMessageIdSchema),
    mentions: v.optional(MentionsSchema, []),
  }),
  PollBodySchema,
  v.strictObject({
    ...addressed,
    ...ignoredText,
    type: v.literal('location'),
    latitude: degrees(90),
    longitude: degrees(180),
    name: v.optional(v.pipe(v.string(), v.maxLength(255, 'must be at most 255 characters'))),
  }),
  v.strictObject({ ...addressed, ...ignoredText, type: v.literal('contact'), contact: ContactSchema }),
]);

export type SendBody = v.InferOutput<typeof SendBodySchema>;

/** A message as another message quotes it. `proto` is the encoded WhatsApp message in base64. */
const QuotedSchema = v.strictObject({
  id: v.string(),
  chat: v.string(),
  fromMe: v.boolean(),
  /** Who wrote it; null for our own. */
  sender: v.nullable(v.string()),
  proto: v.string(),
});

export type Quoted = v.InferOutput<typeof QuotedSchema>;

/**
 * What an accepted message carries, complete in itself: nothing else is needed to send it, now or after a restart.
 * `secret` (base64, 32 bytes) is what voters encrypt with; it is chosen at acceptance, so that votes can be read.
 */
export const ContentSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('text'),
    text: v.string(),
    mentions: v.array(v.string()),
    quoted: v.nullable(QuotedSchema),
  }),
  v.strictObject({
    type: v.literal('poll'),
    name: v.string(),
    options: v.array(v.string()),
    selectableCount: v.number(),
    secret: v.string(),
  }),
  v.strictObject({
    type: v.literal('location'),
    latitude: v.number(),
    longitude: v.number(),
    name: v.nullable(v.string()),
  }),
  v.strictObject({ type: v.literal('contact'), name: v.string(), vcard: v.string() }),
  /** Replaces the text of the message `target` in the same chat. Without `context` it quotes and mentions nobody. */
  v.strictObject({
    type: v.literal('edit'),
    text: v.string(),
    target: v.string(),
    context: v.optional(v.strictObject({ mentions: v.array(v.string()), quoted: v.nullable(QuotedSchema) })),
  }),
]);

export type Content = v.InferOutput<typeof ContentSchema>;

/** Content that a newer release has stored. This one keeps it as it is and never sends any part of it. */
export interface UnsupportedContent {
  type: 'unsupported';
  stored: unknown;
}

/** Content as it is stored. */
export const StoredContentSchema = v.union([
  ContentSchema,
  v.pipe(
    v.unknown(),
    v.transform((stored): UnsupportedContent => ({ type: 'unsupported', stored })),
  ),
]);

const NamedSchema = v.object({ type: v.string() });

/** The type of a message, also of one that this release cannot send. */
export function contentTypeOf(content: Content | UnsupportedContent): string {
  if (content.type !== 'unsupported') return content.type;
  return v.is(NamedSchema, content.stored) ? content.stored.type : content.type;
}

/**
 * A message that was sent or received, kept so that it can be quoted and, when it is our own text, edited.
 * `sender` is who wrote it, null for our own. `timestamp` in epoch milliseconds.
 */
export const StoredMessageSchema = v.object({
  id: v.string(),
  chat: v.string(),
  fromMe: v.boolean(),
  sender: v.nullable(v.string()),
  type: v.string(),
  proto: v.string(),
  timestamp: v.number(),
  /** The id of the edit that `proto` has the text of; absent for a message that was not edited. */
  editedBy: v.optional(v.string()),
});

export type StoredMessage = v.InferOutput<typeof StoredMessageSchema>;

/** The chat that something was said in, and who said it: null for ourselves. */
export interface People {
  chat: Contact;
  sender: Contact | null;
}

/**
 * A vote in the poll with the WhatsApp id `poll`: `options` are all that are selected now. `timestamp` in epoch milliseconds.
 */
export interface Vote {
  poll: string;
  chat: string;
  voter: string;
  options: readonly string[];
  timestamp: number;
  /** Whom `chat` and `voter` address, with what else WhatsApp says of them; absent when it says nothing. */
  people?: People;
}

/** A message to a linked number, or one that its owner sent from another device (`fromMe`). */
export interface ReceivedMessage extends StoredMessage {
  /** Text, caption, poll question or place label; null when there is none. */
  body: string | null;
  hasMedia: boolean;
  replyTo: string | null;
  mentions: readonly string[];
  pushName: string | null;
  /** Whom `chat` and `sender` address, with what else WhatsApp says of them; absent when it says nothing. */
  people?: People;
}
