import * as v from 'valibot';
import { PublicContactSchema, presentContact } from '../../domain/contact.ts';
import { unwrap } from '../../domain/errors.ts';
import { PhoneSchema } from '../../domain/jid.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { route } from '../routing/route.ts';
import { aContact } from './examples.ts';

const LookedUpSchema = v.strictObject({
  registered: v.pipe(v.boolean(), v.description('Whether the number is on WhatsApp')),
  ...PublicContactSchema.entries,
});

const nobody = { jid: null, lid: null, phone: null, username: null };

export const lookUpContact = route({
  id: 'lookUpContact',
  method: 'GET',
  path: '/api/v1/sessions/{session}/contacts:lookup',
  summary: 'Look up a phone number: whether it is on WhatsApp, and under which addresses',
  description: `WhatsApp may know a number by another spelling than the one that people use, as in Brazil, Mexico and Argentina: the answer has WhatsApp's own. A message to the number as people write it goes to the same person.

WhatsApp limits look-ups: look up a number before the first message at most, never a list of numbers. Answers are kept for some minutes. A 503 means that WhatsApp refused the look-up or did not answer it.`,
  access: sessionAccess('read', 'send'),
  reads: { ...nothing, query: v.strictObject({ phone: PhoneSchema }) },
  status: 200,
  returns: LookedUpSchema,
  refuses: ['queue_full', 'not_implemented', 'upstream_error', 'timeout'],
  examples: { answer: { registered: { registered: true, ...aContact }, unknown: { registered: false, ...nobody } } },
  handler: async ({ address, query: { phone } }, { contacts }) => {
    const contact = unwrap(await contacts.lookUp(address, phone));
    return contact === null ? { registered: false, ...nobody } : { registered: true, ...presentContact(contact) };
  },
});
