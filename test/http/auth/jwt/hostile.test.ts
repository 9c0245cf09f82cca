import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Issuer } from '../../../support/gateway/issuer.ts';
import { startApi } from '../../support/api.ts';
import { errorOf } from '../../support/envelope.ts';
import { hostileTokens, settings } from './hostile-tokens.ts';
import { loginsOf } from './support.ts';

const list = 'GET /api/v1/sessions';

test('no hostile or malformed login token is accepted, and all get the same 401 as a caller without one', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer, settings) });
  const valid = await issuer.token({ iss: settings.issuer, aud: settings.audience });
  assert.equal((await api.ask(list, { key: valid })).status, 200);

  const bodies = new Set([(await api.ask(list)).text]);
  for (const [name, key] of await hostileTokens(issuer)) {
    const answer = await api.ask(list, { key });
    assert.equal(answer.status, 401, name);
    errorOf(answer, 401, 'unauthorized');
    bodies.add(answer.text);
  }

  assert.equal(bodies.size, 1);
  assert.equal(issuer.asked, 1);
});
