import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modulesFrom } from '../../../src/http/console/modules.ts';
import { startApi } from '../support/api.ts';

/** What the page loads, by its address. */
function addressesIn(page: string): string[] {
  return [...page.matchAll(/<(?:link|script) [^>]*?(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
}

test('the page needs no credential, holds no data, and loads only what is beside it', async () => {
  await using api = await startApi();

  const { status, headers, text } = await api.ask('GET /console');

  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(text, /<style|<img|<iframe| style=| on\w+=|javascript:|<script(?! type="module" src=)/i);
  const addresses = addressesIn(text);
  assert(addresses.length > 20);
  for (const address of addresses) assert.match(address, /^console\/[0-9a-f]{16}\/[\w.-]+$/);
});

test('its policy lets in files of the gateway only: no scripts or styles in the page, none that are made of texts', async () => {
  await using api = await startApi();

  const { headers } = await api.ask('GET /console');

  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';/);
  assert.match(policy, /base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
});

test('everything that the page loads is there, stays the same under its address, and imports only what is there too', async () => {
  await using api = await startApi();
  const { text } = await api.ask('GET /console');
  const addresses = addressesIn(text);

  for (const address of addresses) {
    const asset = await api.ask(`GET /${address}`);
    assert.equal(asset.status, 200, address);
    assert.match(asset.headers.get('content-type') ?? '', /^(text\/javascript|text\/css|image\/svg\+xml)/, address);
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(/sourceMappingURL|@import/.test(asset.text), false, address);
    if (address.endsWith('.css')) assert.doesNotMatch(asset.text, /url\(/);
    for (const [, name = ''] of asset.text.matchAll(/\b(?:from|import)\s*["']\.\/([^"']+)["']/g)) {
      assert(addresses.includes(address.replace(/[^/]+$/, name)), `${address} imports ${name}`);
    }
  }
});

test('there is nothing else: no other build, no other file', async () => {
  await using api = await startApi();
  const { text } = await api.ask('GET /console');
  const [first = ''] = addressesIn(text);
  const folder = first.replace(/[^/]+$/, '');

  for (const path of ['console/0000000000000000/style.css', `${folder}..%2Fbuild.ts`, `${folder}toString`]) {
    assert.equal((await api.ask(`GET /${path}`)).status, 404, path);
  }
});

test('a module that cannot run in a browser is refused when the page is built, and names the culprit', async () => {
  const server = new URL('../../../src/http/console/build.ts', import.meta.url);

  await assert.rejects(modulesFrom(server), /node:crypto is not in the list of browser packages/);
});
