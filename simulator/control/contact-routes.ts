import Router from '@koa/router';
import * as v from 'valibot';
import { phoneDigits } from '../accounts/address.ts';
import type { Commands } from '../commands.ts';
import { type Contact, LARGEST_DEVICE_COUNT } from '../contact.ts';
import { SimulatorError } from '../errors.ts';
import { readBody } from './read.ts';

const LONGEST_TEXT = 65_536;

const newContact = v.strictObject({
  phone: v.string(),
  name: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))),
  devices: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_DEVICE_COUNT))),
  receipts: v.optional(v.picklist(['none', 'delivered', 'read'])),
});
const newText = v.strictObject({ to: v.string(), text: v.pipe(v.string(), v.nonEmpty(), v.maxLength(LONGEST_TEXT)) });

export function contactRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control/contacts' });
  router.get('/', (context) => {
    context.body = { data: commands.contacts().map(view) };
  });
  router.post('/', (context) => {
    context.body = view(commands.addContact(readBody(context, newContact)));
    context.status = 201;
  });
  router.post('/:phone/messages', async (context) => {
    const { to, text } = readBody(context, newText);
    const phone = phoneDigits(context.params['phone'] ?? '');
    const contact = commands.contacts().find((candidate) => candidate.phone === phone);
    if (contact === undefined) throw new SimulatorError('not_found', `${phone} is no contact`);
    context.body = { id: await contact.sendText(to, text) };
    context.status = 202;
  });
  return router;
}

function view({ phone, jid, lid, name, devices, receipts }: Contact): Omit<Contact, 'sendText'> {
  return { phone, jid, lid, name, devices, receipts };
}
