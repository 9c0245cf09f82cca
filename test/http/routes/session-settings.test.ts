import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SessionSchema } from '../../../src/http/response/session-schema.ts';
import { startApi } from '../support/api.ts';
import { issuesOf } from '../support/envelope.ts';

async function changing() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['manage'] }), await api.linkedSession()];
  const change = (json: unknown) => api.ask(`PATCH /api/v1/sessions/${session}`, { key, json });
  return { api, change };
}

test('what is given is changed and what is left out stays', async () => {
  const { api, change } = await changing();
  await using _ = api;
  const settings = {
    label: null,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: 20,
    rateBurst: 5,
    ratePerHour: 600,
  };
  const changes = {
    label: 'shop',
    autoRead: true,
    presenceTyping: true,
    ratePerMin: 1,
    rateBurst: 1,
    ratePerHour: 60000,
  };

  for (const [name, value] of Object.entries(changes)) {
    const answer = await change({ [name]: value });
    assert.equal(answer.status, 200, answer.text);
    Object.assign(settings, { [name]: value });
    const shown = v.parse(SessionSchema, answer.json);
    assert.deepEqual({ ...shown, ...settings }, shown);
  }
});

test('all settings are changed at once, and a label is taken away with null', async () => {
  const { api, change } = await changing();
  await using _ = api;
  await change({ label: ' shop ' });

  const shown = v.parse(SessionSchema, (await change({ label: null, ratePerMin: 1000, rateBurst: 1000 })).json);

  assert.deepEqual([shown.label, shown.ratePerMin, shown.rateBurst], [null, 1000, 1000]);
});

test('nothing to change, an unknown property and a value out of bounds are 400', async () => {
  const { api, change } = await changing();
  await using _ = api;
  const faults = [
    [undefined, 'body'],
    [{}, 'body'],
    [{ label: 5 }, 'label'],
    [{ ratePerMin: 0 }, 'ratePerMin'],
    [{ ratePerMin: 1001 }, 'ratePerMin'],
    [{ rateBurst: 1.5 }, 'rateBurst'],
    [{ rateBurst: '5' }, 'rateBurst'],
    [{ ratePerHour: 60_001 }, 'ratePerHour'],
    [{ autoRead: null }, 'autoRead'],
    [{ status: 'stopped' }, 'status'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await change(json), field);
});
