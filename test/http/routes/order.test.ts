import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSessionId } from '../../../src/domain/ids.ts';
import { startApi } from '../support/api.ts';

const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };

/** Each step mends what the one before was refused for; a request that has several faults gets the first. */
test('a send with every fault is refused for one after the other in the fixed order', async () => {
  await using api = await startApi();
  const reader = await api.key({ capabilities: ['read', 'manage'] });
  const key = await api.key({ capabilities: ['send'] });
  const [own, foreign] = [await api.linkedSession(), await api.linkedSession('globex')];
  api.sends.quota = { limit: 1, windowSeconds: 60, remaining: 0, resetSeconds: 60 };

  const big = 'x'.repeat(1024 * 1024 + 1);
  const bad = { to: 'nobody', type: 'image' };
  const plain = { 'content-type': 'text/plain' };
  const at = (session: string, query = '?async=perhaps') => `POST /api/v1/sessions/${session}/messages${query}`;
  const steps = [
    [401, at(foreign), { body: big, headers: plain }],
    [403, at(foreign), { key: reader, body: big, headers: plain }],
    [404, at(foreign), { key, body: big, headers: plain }],
    [404, at(newSessionId()), { key, body: big, headers: plain }],
    [413, at(own), { key, body: big, headers: plain }],
    [415, at(own), { key, body: '{', headers: plain }],
    [400, at(own), { key, body: '{', headers: { 'content-type': 'application/json' } }],
    [400, at(own), { key, json: bad }],
    [400, at(own, '?async=true'), { key, json: bad }],
    [400, at(own), { key, json: { ...bad, to: text.to } }],
    [501, at(own, '?async=true'), { key, json: { ...bad, to: text.to } }],
    [501, at(own, ''), { key, json: { ...bad, to: text.to } }],
    [429, at(own, ''), { key, json: text }],
  ] as const;

  for (const [status, target, ask] of steps) {
    const answer = await api.ask(target, ask);
    assert.equal(answer.status, status, `${target} ${answer.text}`);
  }
  assert.equal(api.sends.dispatched.length, 0);
});
