import * as v from 'valibot';
import { RecipientJidSchema } from '../../domain/jid.ts';
import type { Skim } from './body.ts';
import { JsonScanner } from './json-scanner.ts';

/** How much of a body is scanned for the type of the message. */
const maxSkimmedBytes = 32 * 1024 * 1024;

/**
 * A message with a file. It is refused as soon as its recipient has been validated; its other fields are ignored.
 */
export const MediaBodySchema = v.looseObject({
  to: RecipientJidSchema,
  type: v.picklist(['image', 'video', 'audio', 'document', 'sticker']),
});

/**
 * The recipient and the type of an oversized message with a file, so that it is refused for its type and not for its
 * size; null for any other message. Stops reading as early as it can and keeps nothing of the file.
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
