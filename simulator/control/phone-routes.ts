import Router from '@koa/router';
import * as v from 'valibot';
import { CHALLENGE_TIMEOUT_MS } from '../accounts/passkey-policy.ts';
import type { Commands } from '../api/commands.ts';
import type { Phone } from '../api/phone-api.ts';
import { anyText, newMessage, sendMessage } from './message.ts';
import { readBody } from './read.ts';

const LARGEST_CHAT_COUNT = 10_000;

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

const base64url = v.pipe(
  v.string(),
  v.regex(/^[\w-]+$/),
  v.transform((text) => Buffer.from(text, 'base64url')),
);
const change = v.strictObject({
  name: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
  passkey: v.exactOptional(v.picklist(['required', 'none'])),
  credential: v.exactOptional(v.strictObject({ id: base64url, publicKey: base64url })),
  timeoutMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(CHALLENGE_TIMEOUT_MS))),
});

/** Any phone, that of a contact or of a client's account: its messages, and whether linking to it needs a passkey. */
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
  router.post('/:phone/placeholders', (context) => {
    const { to, text, unavailable } = readBody(context, newPlaceholder);
    context.body = { id: commands.phone(context.params['phone'] ?? '').sendPlaceholder(to, text, unavailable) };
    context.status = 202;
  });
  router.put('/:phone/history', (context) => {
    commands.knownPhone(context.params['phone'] ?? '').setHistory(readBody(context, newHistory));
    context.status = 204;
  });
  router.get('/:phone', (context) => {
    context.body = view(commands.phone(context.params['phone'] ?? ''));
  });
  router.patch('/:phone', (context) => {
    const number = context.params['phone'] ?? '';
    const { name, passkey, ...policy } = readBody(context, change);
    if (name !== undefined) commands.phone(number).setName(name);
    if (passkey !== undefined) commands.setPasskey(number, passkey === 'required' ? policy : null);
    context.body = view(commands.phone(number));
  });
  return router;
}

function view({ phone, jid, lid, needsPasskey, passkeyCode }: Phone): object {
  return { phone, jid, lid, passkey: needsPasskey ? 'required' : 'none', passkeyCode };
}
