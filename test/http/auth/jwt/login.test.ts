import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { Issuer, signed, signingKey, validClaims } from '../../../support/gateway/issuer.ts';
import { startApi } from '../../support/api.ts';
import { loginsOf } from './support.ts';

test('a login token lets a person into their organization, with the capabilities of their role', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer) });
  const session = await api.session();
  const statuses = async (claims: Record<string, unknown>) => {
    const key = await issuer.token(claims);
    const read = await api.ask(`GET /api/v1/sessions/${session}/outbox`, { key });
    const manage = await api.ask('POST /api/v1/sessions', { key, json: {} });
    return [read.status, manage.status];
  };

  assert.deepEqual(await statuses({ role: 'owner' }), [200, 201]);
  assert.deepEqual(await statuses({ role: 'admin' }), [200, 201]);
  assert.deepEqual(await statuses({ role: 'member' }), [200, 403]);
  assert.deepEqual(await statuses({ org: 'globex', role: 'owner' }), [404, 201]);
});

test('whoever logs in is told as the creator of what they create', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer) });
  const key = await issuer.token({ sub: 'user_42' });

  const { text } = await api.ask('POST /api/v1/sessions', { key, json: {} });

  assert.match(text, /"createdByUserId":"user_42"/);
});

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']) {
  test(`a token that is signed with ${alg} is accepted`, async () => {
    await using issuer = await Issuer.start(await signingKey('k', alg));
    using logins = loginsOf(issuer);

    assert.equal((await logins.verify(await issuer.token()))?.organization, 'acme');
  });
}

test('a token that does not name its key is tried with every key that fits', async () => {
  await using issuer = await Issuer.start(
    await signingKey('one'),
    await signingKey('two'),
    await signingKey('rsa', 'RS256'),
  );
  using logins = loginsOf(issuer);

  for (const key of issuer.keys.slice(0, 2)) {
    const token = await signed({ alg: 'ES256' }, validClaims(), key);
    assert.equal((await logins.verify(token))?.subject, 'ada@example.com');
  }
});

test('a published key that is of no use does not stand in the way of others that fit', async () => {
  const weak = await signingKey('weak', 'RS256');
  const good = await signingKey('good', 'RS256');
  await using issuer = await Issuer.start({ ...weak, jwk: { ...weak.jwk, n: 'AQAB' } }, good);
  using logins = loginsOf(issuer);
  const token = await new SignJWT(validClaims()).setProtectedHeader({ alg: 'RS256' }).sign(good.privateKey);

  assert.equal((await logins.verify(token))?.organization, 'acme');
});

test('the organization and the role are taken from the claims that the settings name, also from nested ones', async () => {
  await using issuer = await Issuer.start();
  using logins = loginsOf(issuer, { orgClaim: 'https://example.com/org', roleClaim: 'app.member.role' });

  const token = await issuer.token({ 'https://example.com/org': 'globex', app: { member: { role: 'member' } } });

  const person = await logins.verify(token);
  assert.equal(person?.organization, 'globex');
  assert.deepEqual(person?.capabilities, ['read', 'send']);
  assert.equal(await logins.verify(await issuer.token({ app: { member: 'owner' } })), null);
});

test('the issuer and the audience are looked at once they are set', async () => {
  await using issuer = await Issuer.start();
  using any = loginsOf(issuer);
  using strict = loginsOf(issuer, { issuer: 'https://login.example.com', audience: 'troupe' });
  const right = { iss: 'https://login.example.com', aud: 'troupe' };
  const accepts = async (claims: object) => (await strict.verify(await issuer.token({ ...claims }))) !== null;

  assert.notEqual(await any.verify(await issuer.token(right)), null);
  assert.equal(await accepts(right), true);
  assert.equal(await accepts({ ...right, aud: ['billing', 'troupe'] }), true);
  assert.equal(await accepts({ ...right, aud: 'billing' }), false);
  assert.equal(await accepts({ ...right, iss: 'https://login.example.org' }), false);
  assert.equal(await accepts({ aud: 'troupe' }), false);
  assert.equal(await accepts({ iss: right.iss }), false);
});

test('a login token is taken as a bearer token only, and an api key still works beside it', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer) });
  const list = 'GET /api/v1/sessions';

  assert.equal((await api.ask(list, { headers: { 'x-api-key': await issuer.token() } })).status, 401);
  assert.equal((await api.ask(list, { headers: { 'x-api-key': await api.key() } })).status, 200);
});

test('without published keys that could be known, a login token is 401 like any other text', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi();

  assert.equal((await api.ask('GET /api/v1/sessions', { key: await issuer.token() })).status, 401);
  assert.equal(issuer.asked, 0);
});
