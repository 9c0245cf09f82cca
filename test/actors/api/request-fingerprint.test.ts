import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { fingerprintOf } from '../../../src/actors/api/request-fingerprint.ts';
import { SendBodySchema } from '../../../src/domain/message.ts';

const session = '01M82ZM43K41YQPFG9XVMP2DHC';
const to = '6281234567890@s.whatsapp.net';

/** Bodies with their fingerprints as they are stored since the first release. */
const stored: [body: object, fingerprint: string][] = [
  [{ to, type: 'text', text: 'hello' }, 'FiY3ySQFE6gob5RGLTkK_q9RF9j65THJeFL2BrNfH18'],
  [
    { to, type: 'text', text: 'hello', replyTo: '3EB0AA', mentions: ['491700000001@s.whatsapp.net'] },
    'mM1QojLzZZ7Ed6bTaXAP4LZQDfgiOsDzympu08j5ZDE',
  ],
  [{ to, type: 'poll', name: 'Which?', options: ['one', 'two'] }, 'Cp1X85wPExU5QZPB2DiWzvL3CuHhkM3X512CAfpaRqc'],
  [
    { to, type: 'poll', name: 'Which?', options: ['one', 'two'], selectableCount: 2 },
    '6KOs08WOv3c80F6rRnIcxAy8ndWMT-Llm-1st_RDIfM',
  ],
  [
    { to, type: 'location', latitude: 52.5, longitude: 13.4, text: 'ignored' },
    'Ad37p1u-I6jIx11uumOqhqx_kIEq8aqhTRalDMHfQT0',
  ],
  [
    { to, type: 'contact', contact: { name: 'Ada', phone: '491700000001' } },
    '7YJdrqbo8x-axglHS_RWG_jjykjCIKLxzMx6bXEAjWI',
  ],
];

test('a fingerprint is the same as in the first release, whose claims are still compared', () => {
  for (const [body, fingerprint] of stored) {
    assert.equal(fingerprintOf(session, v.parse(SendBodySchema, body)), fingerprint, JSON.stringify(body));
  }
});

test('a field with a default that a later release adds does not change the fingerprint of a request without it', () => {
  const [text, ...others] = SendBodySchema.options;
  const viewOnce = v.optional(v.boolean(), false);
  const pin = v.optional(v.object({ forMs: v.number() }), { forMs: 0 });
  const later = v.variant('type', [v.strictObject({ ...text.entries, viewOnce, pin }), ...others]);
  for (const [body, fingerprint] of stored) {
    assert.equal(fingerprintOf(session, v.parse(later, body), later), fingerprint, JSON.stringify(body));
  }

  const body = { to, type: 'text', text: 'hello' };
  const withDefault = fingerprintOf(session, v.parse(later, { ...body, viewOnce: false }), later);
  const withMore = fingerprintOf(session, v.parse(later, { ...body, viewOnce: true }), later);
  assert.equal(withDefault, stored[0]?.[1]);
  assert.notEqual(withMore, withDefault);
});

test('the fingerprint tells the sessions, the fields and their values apart, not the order of the fields', () => {
  const body = { to, type: 'text', text: 'hello', mentions: [] };
  const fingerprint = fingerprintOf(session, body);

  assert.equal(fingerprintOf(session, { text: 'hello', mentions: [], to, type: 'text' }), fingerprint);
  assert.notEqual(fingerprintOf(session, { ...body, text: 'Hello' }), fingerprint);
  assert.notEqual(fingerprintOf('01M82ZM43K41YQPFG9XVMP2DHD', body), fingerprint);
});
