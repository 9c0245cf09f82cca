import Router from '@koa/router';
import * as v from 'valibot';
import type { Commands } from '../api/commands.ts';
import { anyText, newMessage, sendMessage } from './message.ts';
import { readBody } from './read.ts';

const newEdit = v.strictObject({ to: v.string(), id: v.string(), text: anyText });
const newRevocation = v.strictObject({ to: v.string(), id: v.string() });

/** Messages from any phone, that of a contact or of a client's account. */
export function phoneRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control/phones' });
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
  return router;
}
