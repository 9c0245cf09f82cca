import Router from '@koa/router';
import { proto } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import { messageFromJson } from './message.ts';
import { readBody } from './read.ts';

type Json = Record<string, unknown>;

/** A stanza as JSON: bytes are written as a text, as base64, or as the JSON form of a protobuf `Message`. */
interface WrittenStanza {
  readonly tag: string;
  readonly attrs?: Record<string, string> | undefined;
  readonly content?: WrittenStanza[] | { text: string } | { base64: string } | { message: Json } | undefined;
}

const bytes = v.union([
  v.strictObject({ text: v.string() }),
  v.strictObject({ base64: v.pipe(v.string(), v.base64()) }),
  v.strictObject({ message: v.record(v.string(), v.unknown()) }),
]);

const writtenStanza: v.GenericSchema<WrittenStanza> = v.strictObject({
  tag: v.pipe(v.string(), v.nonEmpty()),
  attrs: v.optional(v.record(v.string(), v.string())),
  content: v.optional(v.union([v.array(v.lazy(() => writtenStanza)), bytes])),
});

/** Any stanza, for the clients of a phone. */
export function stanzaRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control/clients' });
  router.post('/:phone/stanzas', (context) => {
    commands.inject(context.params['phone'] ?? '', read(readBody(context, writtenStanza)));
    context.status = 204;
  });
  router.post('/stanzas', (context) => {
    commands.injectUnlinked(read(readBody(context, writtenStanza)));
    context.status = 204;
  });
  return router;
}

function read({ tag, attrs, content }: WrittenStanza): Stanza {
  if (content === undefined) return stanza(tag, attrs);
  return stanza(tag, attrs, Array.isArray(content) ? content.map(read) : readBytes(content));
}

function readBytes(content: { text: string } | { base64: string } | { message: Json }): Uint8Array {
  if ('text' in content) return Buffer.from(content.text);
  if ('base64' in content) return Buffer.from(content.base64, 'base64');
  return proto.Message.encode(messageFromJson(content.message)).finish();
}
