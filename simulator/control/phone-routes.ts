import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { anyText, newMessage, sendMessage } from './message.ts';
import { readBody } from './read.ts';

const LARGEST_CHAT_COUNT = 10_000;

const naming = v.strictObject({ name: v.pipe(v.string(), v.maxLength(100)) });
const newEdit = v.strictObject({ to: v.string(), id: v.string(), text: anyText });
const newRevocation = v.strictObject({ to: v.string(), id: v.string() });

const newPlaceholder = v.strictObject({ to: v.string(), text: anyText, unavailable: v.optional(v.string()) });
const newHistory = v.strictObject({
  chats: v.pipe(
    v.array(
      v.strictObject({
        phone: v.string(),
        token: v.optional(v.picklist(['valid', 'expired', 'none'])),
        addressing: v.optional(v.picklist(['lid', 'pn'])),
        pair: v.optional(v.picklist(['chat', 'list', 'none'])),
        texts: v.optional(v.array(anyText)),
      }),
    ),
    v.maxLength(LARGEST_CHAT_COUNT),
  ),
  parts: v.optional(v.picklist(['inline', 'download'])),
});

/** Messages from any phone, that of a contact or of a client's account. */
export function phoneRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control/phones' });
  router.patch('/:phone', (context) => {
    commands.phone(context.params['phone'] ?? '').setName(readBody(context, naming).name);
    context.status = 204;
  });
  router.post('/:phone/messages', async (context) => {
    const body = readBody(context, newMessage);
    context.body = { id: await sendMessage(commands.phone(context.params['phone'] ?? ''), body) };
    context.status = 202;
  });
  router.post('/:phone/edits', async (context) => {
    const { to, id, text } = readBody(context, newEdit);
    context.body = { id: await commands.phone(context.params['phone'] ?? '').edit(to, id, text) };
    context.status = 202;
  });
  router.post('/:phone/revocations', async (context) => {
    const { to, id } = readBody(context, newRevocation);
    context.body = { id: await commands.phone(context.params['phone'] ?? '').revoke(to, id) };
    context.status = 202;
  });
  router.post('/:phone/placeholders', (context) => {
    const { to, text, unavailable } = readBody(context, newPlaceholder);
    context.body = { id: commands.phone(context.params['phone'] ?? '').sendPlaceholder(to, text, unavailable) };
    context.status = 202;
  });
  router.put('/:phone/history', (context) => {
    commands.knownPhone(context.params['phone'] ?? '').setHistory(readBody(context, newHistory));
    context.status = 204;
  });
  return router;
}
