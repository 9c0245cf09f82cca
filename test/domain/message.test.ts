import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { inviteCode } from '../../src/domain/group.ts';
import { SendBodySchema } from '../../src/domain/message.ts';
import { contactCard } from '../../src/domain/vcard.ts';

const to = '6281234567890@s.whatsapp.net';
const poll = { to, type: 'poll', name: 'Which?', options: ['yes', 'no'] };
const location = { to, type: 'location', latitude: 1, longitude: 2 };
const contact = { to, type: 'contact', contact: { name: 'Ada', phone: '15550000001' } };

/** Body → the field at fault; null for a body that is right. */
const table: [string, object, string | null][] = [
  ['a text', { to, type: 'text', text: 'hi' }, null],
  ['a text to a group', { to: '120363021234567890@g.us', type: 'text', text: 'hi' }, null],
  ['a text to an old group', { to: '6281234567890-1400000000@g.us', type: 'text', text: 'hi' }, null],
  ['a text to a LID', { to: '123456789012345@lid', type: 'text', text: 'hi' }, null],
  ['a bare number', { to: '6281234567890', type: 'text', text: 'hi' }, 'to'],
  ['a newsletter', { to: '120363021234567890@newsletter', type: 'text', text: 'hi' }, 'to'],
  ['a device', { to: '6281234567890:3@s.whatsapp.net', type: 'text', text: 'hi' }, 'to'],
  ['an empty text', { to, type: 'text', text: '' }, 'text'],
  ['a missing text', { to, type: 'text' }, 'text'],
  ['a text of 4096', { to, type: 'text', text: 'x'.repeat(4096) }, null],
  ['a text of 4097', { to, type: 'text', text: 'x'.repeat(4097) }, 'text'],
  ['a text with an unknown field', { to, type: 'text', text: 'hi', colour: 'red' }, 'colour'],
  ['a text with a foreign field', { to, type: 'text', text: 'hi', options: ['a', 'b'] }, 'options'],
  ['257 mentions', { to, type: 'text', text: 'hi', mentions: Array(257).fill(to) }, 'mentions'],
  ['a mention that is no user', { to, type: 'text', text: 'hi', mentions: ['1@g.us'] }, 'mentions.0'],
  ['a replyTo that is no id', { to, type: 'text', text: 'hi', replyTo: 'a b' }, 'replyTo'],
  ['a poll', poll, null],
  ['a poll with a text, which is ignored', { ...poll, text: { any: 'thing' } }, null],
  ['a poll without a question', { ...poll, name: undefined }, 'name'],
  ['a poll with a blank question', { ...poll, name: '  ' }, 'name'],
  ['a poll with one option', { ...poll, options: ['yes'] }, 'options'],
  ['a poll with 12 options', { ...poll, options: Array.from({ length: 12 }, (_, i) => `o${i}`) }, null],
  ['a poll with 13 options', { ...poll, options: Array.from({ length: 13 }, (_, i) => `o${i}`) }, 'options'],
  ['a poll with the same option twice', { ...poll, options: ['yes', ' yes '] }, 'options'],
  ['a poll with an empty option', { ...poll, options: ['yes', ''] }, 'options.1'],
  ['a poll where more may be chosen than there are', { ...poll, selectableCount: 3 }, 'selectableCount'],
  ['a poll where none may be chosen', { ...poll, selectableCount: 0 }, 'selectableCount'],
  ['a poll where one and a half may be chosen', { ...poll, selectableCount: 1.5 }, 'selectableCount'],
  ['a poll that replies', { ...poll, replyTo: '3EB0' }, 'replyTo'],
  ['a location', location, null],
  ['a location at the pole', { ...location, latitude: -90, longitude: 180, name: 'Pole' }, null],
  ['a latitude beyond the pole', { ...location, latitude: 90.1 }, 'latitude'],
  ['a longitude beyond the date line', { ...location, longitude: -180.1 }, 'longitude'],
  ['a longitude as text', { ...location, longitude: '2' }, 'longitude'],
  ['a location without longitude', { ...location, longitude: undefined }, 'longitude'],
  ['a contact', contact, null],
  ['a contact with both forms', { ...contact, contact: { ...contact.contact, vcard: 'BEGIN:VCARD' } }, 'contact'],
  ['a contact with neither form', { ...contact, contact: {} }, 'contact'],
  ['a contact that is no vCard', { ...contact, contact: { vcard: 'hello' } }, 'contact'],
  [
    'a name that begins a field of its own',
    { ...contact, contact: { name: 'A\nTEL:1', phone: '15550000001' } },
    'contact',
  ],
  ['an unknown type', { to, type: 'fax', text: 'hi' }, 'type'],
];

for (const [name, body, field] of table) {
  test(`${name} is ${field === null ? 'accepted' : `refused, naming ${field}`}`, () => {
    const parsed = v.safeParse(SendBodySchema, JSON.parse(JSON.stringify(body)));

    const faults = parsed.success ? [] : parsed.issues.map((issue) => v.getDotPath(issue) ?? '');
    if (field === null) assert.deepEqual(faults, []);
    else
      assert.ok(
        faults.some((fault) => fault === field || fault.startsWith(`${field}.`)),
        faults.join(', '),
      );
  });
}

test('a card made of a name escapes what would end its field', () => {
  const { vcard } = contactCard({ name: 'Lovelace, Ada; Countess\\', phone: '15550000001' });

  assert.equal(
    vcard,
    'BEGIN:VCARD\nVERSION:3.0\nFN:Lovelace\\, Ada\\; Countess\\\\\nTEL;type=CELL;waid=15550000001:+15550000001\nEND:VCARD',
  );
});

test('the name of a card is its formatted name without escapes', () => {
  const vcard = 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN;CHARSET=UTF-8:Lovelace\\, Ada\r\nEND:VCARD';

  assert.equal(contactCard({ vcard }).name, 'Lovelace, Ada');
});

test('an invite is a bare code or a link of WhatsApp’s', () => {
  const code = 'AbCdEfGhIjKlMnOpQrStUv';
  for (const invite of [
    code,
    ` ${code} `,
    `https://chat.whatsapp.com/${code}`,
    `chat.whatsapp.com/invite/${code}?mode=x`,
  ]) {
    assert.equal(inviteCode(invite), code, invite);
  }
  for (const invite of [
    '',
    'short',
    'https://example.com/AbCdEfGhIjKlMnOpQrStUv',
    `${code}/../x`,
    'not a code at all',
  ]) {
    assert.equal(inviteCode(invite), null, invite);
  }
});
