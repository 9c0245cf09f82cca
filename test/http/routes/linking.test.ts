import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

/** As long as the ones that WhatsApp hands out. */
const code = `2@${'Ab3/'.repeat(26)},${'Zy9+'.repeat(11)},${'Qw7='.repeat(11)},${'Er5x'.repeat(8)},1`;

async function pairing() {
  const api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const qr = (accept?: string) =>
    api.ask(`GET /api/v1/sessions/${session}/qr`, { key, ...(accept !== undefined && { headers: { accept } }) });
  const pairingCode = (json: unknown) => api.ask(`POST /api/v1/sessions/${session}/pairing-code`, { key, json });
  return { api, session, qr, pairingCode };
}

test('the QR code is 404 until there is one, then its text', async () => {
  const { api, session, qr } = await pairing();
  await using _ = api;

  const early = await qr();
  errorOf(early, 404, 'not_found');
  assert.equal(early.headers.get('retry-after'), '1');

  api.sessions.showQr(session, code);
  const answer = await qr();
  assert.deepEqual([answer.status, answer.json], [200, { code, expiresAt: 1_700_000_020_000 }]);
});

test('the Accept header chooses between JSON, SVG and PNG', async () => {
  const { api, session, qr } = await pairing();
  await using _ = api;
  api.sessions.showQr(session, code);
  const cases = [
    ['*/*', 'application/json'],
    ['application/json, image/png;q=0.5', 'application/json'],
    ['text/html', 'application/json'],
    ['image/png', 'image/png'],
    ['image/svg+xml', 'image/svg+xml'],
    ['image/avif,image/webp,image/png,image/svg+xml;q=0.9,image/*;q=0.8,*/*;q=0.5', 'image/png'],
    ['image/*', 'image/svg+xml'],
  ] as const;

  for (const [accept, type] of cases) {
    const { status, headers } = await qr(accept);
    assert.equal(status, 200);
    assert.ok(headers.get('content-type')?.startsWith(type), accept);
    assert.equal(headers.get('vary'), 'Accept');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('the pictures are whole, square and large enough for a phone', async () => {
  const { api, session, qr } = await pairing();
  await using _ = api;
  api.sessions.showQr(session, code);

  const [svg, png] = [await qr('image/svg+xml'), await qr('image/png')];

  assert.match(svg.text, /^<svg [^>]*width="600" height="600"[^>]*>.*<\/svg>\s*$/s);
  const [, modules] = /viewBox="0 0 (\d+) /.exec(svg.text) ?? [];
  assert.equal(png.bytes.subarray(1, 4).toString(), 'PNG');
  assert.equal(png.bytes.readUInt32BE(16), Number(modules) * 8);
  assert.equal(png.bytes.readUInt32BE(20), Number(modules) * 8);
});

test('an error is JSON also to whoever asked for a picture', async () => {
  const { api, qr } = await pairing();
  await using _ = api;

  errorOf(await qr('image/png'), 404, 'not_found');
});

test('a linked session has no QR code and no pairing code', async () => {
  const { api, session, qr, pairingCode } = await pairing();
  await using _ = api;
  api.sessions.link(session, '6281234567890');

  errorOf(await qr(), 409, 'conflict');
  errorOf(await pairingCode({ phone: '6281234567890' }), 400, 'validation_error');
});

test('a pairing code comes in two groups of four, and is not kept by anybody', async () => {
  const { api, pairingCode } = await pairing();
  await using _ = api;

  const answer = await pairingCode({ phone: '6281234567890' });

  assert.deepEqual([answer.status, answer.json], [200, { code: 'ABCD-1234', expiresAt: 1_700_000_020_000 }]);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

test('a phone that is missing, or has not 7 to 15 digits with the country code, is 400', async () => {
  const { api, pairingCode } = await pairing();
  await using _ = api;

  for (const json of [
    undefined,
    {},
    { phone: '+62 812 3456 7890 1234 5' },
    { phone: '+62-abc-1234567' },
    { phone: 6281234567890 },
    { phone: '0812' },
  ]) {
    issuesOf(await pairingCode(json), 'phone');
  }
  issuesOf(await pairingCode({ phone: '6281234567890', method: 'sms' }), 'method');
});
