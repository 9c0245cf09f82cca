import * as v from 'valibot';
import { RecipientJidSchema } from '../../domain/jid.ts';
import type { Skim } from './body.ts';
import { JsonScanner } from './json-scanner.ts';

/** A body is looked through up to here for what kind of message it is. */
const maxSkimmedBytes = 32 * 1024 * 1024;

/**
 * A message that carries a file. They are refused as soon as it is clear to whom they would go; what else they carry
 * is not looked at.
 */
export const MediaBodySchema = v.looseObject({
  to: RecipientJidSchema,
  type: v.picklist(['image', 'video', 'audio', 'document', 'sticker']),
});

/**
 * Of a message too large to be read: its recipient and its type, if it carries a file, so that it is refused for its
 * type and not for its size; null for any other. Reads no further than it must and keeps nothing of the file.
 */
export const detectMedia: Skim = async (pieces) => {
  const scanner = new JsonScanner(['to', 'type']);
  let size = 0;
  for await (const piece of pieces) {
    scanner.feed(piece);
    size += piece.length;
    const isMedia = v.is(MediaBodySchema.entries.type, scanner.found.get('type'));
    if (scanner.found.has('type') && !isMedia) return null;
    if ((isMedia && scanner.found.has('to')) || scanner.closed) break;
    if (size > maxSkimmedBytes) return null;
  }
  return scanner.found.has('type') ? Object.fromEntries(scanner.found) : null;
};
