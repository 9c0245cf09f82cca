import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { newOutboxId, timeOfUlid } from '../../../src/domain/ids.ts';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { pageOf } from '../../../src/http/request/pagination.ts';
import { OutboxEntrySchema } from '../../../src/http/response/present-outbox.ts';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const to = '6281234567890@s.whatsapp.net';
const secret = 'top secret';
const PageSchema = pageOf(OutboxEntrySchema);

async function queueing() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.linkedSession()];
  const base = `/api/v1/sessions/${session}`;
  const queue = async () => {
    const json = { to, type: 'text', text: secret };
    return v.parse(SendResultSchema, (await api.ask(`POST ${base}/messages?async=true`, { key, json })).json);
  };
  const at = (method: string, rest = '') => api.ask(`${method} ${base}/outbox${rest}`, { key });
  return { api, key, session, queue, at };
}

test('a send is shown with how far it has come, and without what it carries', async () => {
  const { api, queue, at } = await queueing();
  await using _ = api;
  const { outboxId, waMessageId } = await queue();

  const answer = await at('GET', `/${outboxId}`);

  assert.equal(answer.status, 200);
  const { timestamp, acceptedAt, traceId, ...rest } = v.parse(OutboxEntrySchema, answer.json);
  assert.deepEqual([timestamp, acceptedAt], [1_700_000_000_000, 1_700_000_000_000]);
  assert.match(traceId ?? '', /^[0-9a-f]{32}$/);
  const expected = {
    outboxId,
    waMessageId,
    mode: 'async',
    to,
    chatJid: to,
    type: 'text',
    status: 'queued',
    attempts: 0,
  };
  assert.deepEqual(rest, { ...expected, error: null });
  assert.doesNotMatch(answer.text, new RegExp(secret));
});

test('a list walks through the sends of the session in the order of acceptance', async () => {
  const { api, key, queue, at } = await queueing();
  await using _ = api;
  const other = await api.linkedSession();
  const json = { to, type: 'text', text: secret };
  await api.ask(`POST /api/v1/sessions/${other}/messages`, { key, json });
  const own = [await queue(), await queue(), await queue()].map(({ outboxId }) => outboxId);

  const first = v.parse(PageSchema, (await at('GET', '?limit=2')).json);
  const second = v.parse(PageSchema, (await at('GET', `?limit=2&cursor=${first.nextCursor}`)).json);

  const ids = [...first.data, ...second.data].map(({ outboxId }) => outboxId);
  assert.deepEqual(ids, own);
  assert.equal(second.nextCursor, null);
  issuesOf(await at('GET', '?limit=x'), 'limit');
});

test('a list begins with what was accepted at a time or later', async () => {
  const { api, queue, at } = await queueing();
  await using _ = api;
  const { outboxId } = await queue();
  // Ids tell the time by the clock of the machine.
  const acceptedAt = timeOfUlid(outboxId);

  const from = async (since: number) => v.parse(PageSchema, (await at('GET', `?since=${since}`)).json).data.length;

  assert.deepEqual([await from(0), await from(acceptedAt), await from(acceptedAt + 1)], [1, 1, 0]);
  for (const wrong of ['-1', 'now', '12345678901234', '']) issuesOf(await at('GET', `?since=${wrong}`), 'since');
});

test('a queued send is taken back once, one that has begun is not', async () => {
  const { api, queue, at } = await queueing();
  await using _ = api;
  const [early, late] = [await queue(), await queue()];
  api.sends.settle(late.outboxId, 'sending');

  const taken = await at('DELETE', `/${early.outboxId}`);

  assert.deepEqual([taken.status, taken.text], [204, '']);
  errorOf(await at('DELETE', `/${early.outboxId}`), 409, 'conflict');
  errorOf(await at('DELETE', `/${late.outboxId}`), 409, 'conflict');
});

test('an unknown entry, one of another session and what is no id are the same 404', async () => {
  const { api, key, queue, at } = await queueing();
  await using _ = api;
  const { outboxId } = await queue();
  const other = await api.linkedSession();

  const answers = [await api.ask(`GET /api/v1/sessions/${other}/outbox/${outboxId}`, { key })];
  for (const id of [newOutboxId(), 'x', '%00', outboxId.toLowerCase(), '..%2F']) {
    answers.push(await at('GET', `/${id}`), await at('DELETE', `/${id}`));
  }

  for (const answer of answers) assert.equal(errorOf(answer, 404, 'not_found').message, 'outbox entry not found');
});

test('the outbox can be read with read alone, and not be changed', async () => {
  const { api, session, queue } = await queueing();
  await using _ = api;
  const { outboxId } = await queue();
  const key = await api.key({ capabilities: ['read'] });
  const base = `/api/v1/sessions/${session}/outbox`;

  assert.equal((await api.ask(`GET ${base}`, { key })).status, 200);
  assert.equal((await api.ask(`GET ${base}/${outboxId}`, { key })).status, 200);
  errorOf(await api.ask(`DELETE ${base}/${outboxId}`, { key }), 403, 'forbidden');
});
