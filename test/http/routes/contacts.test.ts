import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const phone = '6281234567890';
const ada = { jid: `${phone}@s.whatsapp.net`, lid: '123456789012345@lid', username: 'ada' };

async function lookingUp() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.linkedSession()];
  api.contacts.people.set(phone, ada);
  const lookUp = (query: string, asker: string = key, from: string = session) =>
    api.ask(`GET /api/v1/sessions/${from}/contacts:lookup${query}`, asker === '' ? {} : { key: asker });
  return { api, session, lookUp };
}

test('a number is looked up as people write it, and answered with every address of the person', async () => {
  const { api, lookUp } = await lookingUp();
  await using _ = api;

  for (const written of [phone, `+${phone}`, '+62 812-3456-7890', '62.812.3456.7890', '62 (812) 3456 7890']) {
    const answer = await lookUp(`?phone=${encodeURIComponent(written)}`);
    assert.deepEqual([answer.status, answer.json], [200, { registered: true, phone, ...ada }], written);
  }
  // A plus sign that is not encoded is a blank.
  assert.equal((await lookUp(`?phone=+${phone}`)).status, 200);
});

test('a number that is not on WhatsApp is an answer, not an error', async () => {
  const { api, lookUp } = await lookingUp();
  await using _ = api;

  const { status, json } = await lookUp('?phone=6281234567891');

  assert.deepEqual([status, json], [200, { registered: false, jid: null, lid: null, phone: null, username: null }]);
});

test('what cannot be a number is 400', async () => {
  const { api, lookUp } = await lookingUp();
  await using _ = api;

  for (const bad of [
    '',
    '?phone=',
    '?phone=0812',
    '?phone=62-812-abc-1234',
    `?phone=${'1'.repeat(16)}`,
    '?phone=123456',
  ])
    issuesOf(await lookUp(bad), 'phone');
  issuesOf(await lookUp(`?phone=${phone}&type=x`), 'type');
});

test('it takes a key that may read or send, of the organization that has the session', async () => {
  const { api, lookUp } = await lookingUp();
  await using _ = api;
  const query = `?phone=${phone}`;
  const elsewhere = await api.session('other');

  assert.equal((await lookUp(query, await api.key({ capabilities: ['read'] }))).status, 200);
  errorOf(await lookUp(query, await api.key({ capabilities: ['manage'] })), 403, 'forbidden');
  errorOf(await lookUp(query, ''), 401, 'unauthorized');
  errorOf(await lookUp(query, undefined, elsewhere), 404, 'not_found');
});

test('without a connection it is 501, and 503 with Retry-After when WhatsApp does not answer', async () => {
  const { api, session, lookUp } = await lookingUp();
  await using _ = api;
  api.contacts.refusal = { code: 'unavailable', message: 'WhatsApp did not answer', retryAfterMs: 30_000 };

  const refused = await lookUp(`?phone=${phone}`);
  await api.sessions.stop({ organization: 'acme', session });

  errorOf(refused, 503, 'unavailable');
  assert.equal(refused.headers.get('retry-after'), '30');
  errorOf(await lookUp(`?phone=${phone}`), 501, 'not_implemented');
});
