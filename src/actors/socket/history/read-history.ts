import { isLid, isNumber } from '../../../domain/jid.ts';
import { fieldsOf } from './protobuf-fields.ts';

/** The two addresses of one person. */
export interface AddressPair {
  readonly lid: string;
  readonly pn: string;
}

/** A privacy token that the phone holds: with it the linked number may write to `chat`. */
export interface PastToken {
  /** The address of the chat, a LID or a number. */
  readonly chat: string;
  readonly token: Uint8Array;
  /** When its issuer issued it, and when the linked number last issued its own; in epoch seconds. */
  readonly issuedAt: number;
  readonly ownIssuedAt: number | undefined;
}

/** What is kept of a history. */
export interface HistoryFacts {
  readonly pairs: readonly AddressPair[];
  readonly tokens: readonly PastToken[];
}

/** WhatsApp's tokens have some ten bytes. */
const maxTokenBytes = 1_024;

/** Numbers of fields in WhatsApp's protobuf `HistorySync`, `PhoneNumberToLIDMapping` and `Conversation`. */
const historyFields = { conversations: 2, pairs: 15 } as const;
const pairFields = { pn: 1, lid: 2 } as const;
const chatFields = { id: 1, token: 21, issuedAt: 22, ownIssuedAt: 28, pn: 39, lid: 42 } as const;

type Fields = ReadonlyMap<number, number | Uint8Array>;

/** Reads the pairs and tokens of a `HistorySync`; its messages are not even decoded. Throws on malformed bytes. */
export function readHistory(bytes: Uint8Array): HistoryFacts {
  const pairs: AddressPair[] = [];
  const tokens: PastToken[] = [];
  for (const { id, value } of fieldsOf(bytes)) {
    if (typeof value === 'number') continue;
    if (id === historyFields.pairs) pairs.push(...pairIn(value));
    if (id !== historyFields.conversations) continue;
    const chat = chatIn(value);
    pairs.push(...chat.pairs);
    tokens.push(...chat.tokens);
  }
  return { pairs, tokens };
}

function pairIn(bytes: Uint8Array): AddressPair[] {
  const fields = collect(bytes, Object.values(pairFields));
  return pairOf(textIn(fields, pairFields.lid), textIn(fields, pairFields.pn));
}

function chatIn(bytes: Uint8Array): HistoryFacts {
  const fields = collect(bytes, Object.values(chatFields));
  const chat = textIn(fields, chatFields.id);
  const lid = isLid(chat) ? chat : textIn(fields, chatFields.lid);
  const pn = isNumber(chat) ? chat : textIn(fields, chatFields.pn);
  return { pairs: pairOf(lid, pn), tokens: tokenIn(fields, chat) };
}

function tokenIn(fields: Fields, chat: string): PastToken[] {
  const token = fields.get(chatFields.token);
  const issuedAt = fields.get(chatFields.issuedAt);
  const ownIssuedAt = fields.get(chatFields.ownIssuedAt);
  if (!(token instanceof Uint8Array) || token.length === 0 || token.length > maxTokenBytes) return [];
  if (typeof issuedAt !== 'number' || (!isLid(chat) && !isNumber(chat))) return [];
  return [{ chat, token, issuedAt, ownIssuedAt: typeof ownIssuedAt === 'number' ? ownIssuedAt : undefined }];
}

function pairOf(lid: string, pn: string): AddressPair[] {
  return isLid(lid) && isNumber(pn) ? [{ lid, pn }] : [];
}

/** The last of each of these fields, which is the one that counts in protobuf. */
function collect(bytes: Uint8Array, wanted: readonly number[]): Fields {
  const fields = new Map<number, number | Uint8Array>();
  for (const { id, value } of fieldsOf(bytes)) if (wanted.includes(id)) fields.set(id, value);
  return fields;
}

function textIn(fields: Fields, id: number): string {
  const value = fields.get(id);
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
}
