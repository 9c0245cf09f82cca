import Router from '@koa/router';
import * as v from 'valibot';
import { phoneDigits } from '../accounts/address.ts';
import type { Commands } from '../api/commands.ts';
import { type Contact, LARGEST_DEVICE_COUNT } from '../api/contact-api.ts';
import { SimulatorError } from '../errors.ts';
import { anyText, newMessage, sendMessage } from './message.ts';
import { readBody } from './read.ts';

const LARGEST_ALIAS_COUNT = 10;

const addressing = v.picklist(['lid', 'pn']);
const newContact = v.strictObject({
  phone: v.string(),
  name: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))),
  devices: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_DEVICE_COUNT))),
  receipts: v.optional(v.picklist(['none', 'delivered', 'read'])),
  token: v.optional(v.picklist(['required', 'optional'])),
  preKeys: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  keyless: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  hosted: v.optional(v.boolean()),
  asks: v.optional(v.union([v.literal('never'), v.pipe(v.number(), v.integer(), v.minValue(0))])),
  numbers: v.optional(v.picklist(['accepted', 'refused'])),
  aliases: v.optional(v.pipe(v.array(v.string()), v.maxLength(LARGEST_ALIAS_COUNT))),
  lid: v.optional(v.picklist(['known', 'none'])),
  addressing: v.optional(addressing),
  username: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))),
  number: v.optional(v.boolean()),
});
const newVote = v.strictObject({
  poll: v.string(),
  options: v.array(anyText),
  author: v.optional(addressing),
  voter: v.optional(addressing),
});
const hostedMessage = v.strictObject({ to: v.string(), text: anyText });
const failure = v.strictObject({
  device: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  times: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

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
    const body = readBody(context, newMessage);
    context.body = { id: await sendMessage(contactOf(commands, context.params['phone']), body) };
    context.status = 202;
  });
  router.post('/:phone/hosted-messages', async (context) => {
    const { to, text } = readBody(context, hostedMessage);
    context.body = { id: await contactOf(commands, context.params['phone']).sendTextHosted(to, text) };
    context.status = 202;
  });
  router.post('/:phone/votes', async (context) => {
    const { poll, options, ...sealing } = readBody(context, newVote);
    context.body = { id: await contactOf(commands, context.params['phone']).vote(poll, options, sealing) };
    context.status = 202;
  });
  router.post('/:phone/fail-decryption', (context) => {
    const body = readBody(context, failure);
    contactOf(commands, context.params['phone']).failDecryption(body);
    context.status = 204;
  });
  return router;
}

function contactOf(commands: Commands, number = ''): Contact {
  const phone = phoneDigits(number);
  const contact = commands.contacts().find((candidate) => candidate.phone === phone);
  if (contact === undefined) throw new SimulatorError('not_found', `there is no contact ${phone}`);
  return contact;
}

function view(contact: Contact): object {
  const { phone, jid, lid, name, username, addressing, number, devices, receipts, token, listing } = contact;
  const { numbers, aliases } = listing;
  const named = { phone, jid, lid: listing.lid === 'none' ? null : lid, name, username };
  return { ...named, devices, receipts, token, addressing, number, numbers, aliases };
}
