import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, paragraphs } from '../../src/http/docs/html.ts';
import { routes } from '../../src/http/routes/index.ts';
import { startApi } from './support/api.ts';

test('the page shows every route, schema and way to bring a credential', async () => {
  await using api = await startApi();

  const { status, headers, text } = await api.ask('GET /docs');

  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
  for (const { id, summary } of routes)
    assert.ok(text.includes(`id="${id}"`) && text.includes(`${html`${summary}`.text}`), id);
  for (const name of ['Session', 'Event', 'Error']) assert.ok(text.includes(`id="schema-${name}"`), name);
  assert.ok(text.includes('x-api-key'));
});

test('the page needs no scripts and nothing from elsewhere, and its policy lets neither in', async () => {
  await using api = await startApi();

  const { headers, text } = await api.ask('GET /docs');
  const style = await api.ask('GET /docs/style.css');

  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; style-src 'self';/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.doesNotMatch(text, /<script|<style|<img|<iframe| style=| on\w+=|javascript:/i);
  const addresses = [...text.matchAll(/<[a-z]+ [^>]*?(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
  assert.ok(addresses.length > 10);
  for (const address of addresses) assert.match(address, /^[#/](?!\/)/);
  assert.equal(style.status, 200);
  assert.equal(style.headers.get('content-type'), 'text/css; charset=utf-8');
  assert.doesNotMatch(style.text, /url\(|@import/);
});

test('links within the page lead somewhere', async () => {
  await using api = await startApi();

  const { text } = await api.ask('GET /docs');
  const anchors = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));

  for (const [, target = ''] of text.matchAll(/href="#([^"]+)"/g)) assert.ok(anchors.has(target), target);
});

test('every element of the page is closed in its order', async () => {
  await using api = await startApi();
  const { text } = await api.ask('GET /docs');
  const open: string[] = [];

  for (const [, slash, name = ''] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (slash === '/') assert.equal(open.pop(), name);
    else if (name !== 'meta' && name !== 'link') open.push(name);
  }
  assert.deepEqual(open, []);
});

test('what is put into a page is text, whatever it looks like', () => {
  const hostile = `<script>alert("1 & '2'")</script>`;

  assert.equal(html`<p title="${hostile}">${[hostile]}</p>`.text.includes('<script'), false);
  assert.equal(paragraphs('a `<b>`\n\nc')[0]?.text, '<p>a <code>&lt;b&gt;</code></p>');
});

test('the documentation carries the headers of any answer', async () => {
  await using api = await startApi();

  for (const path of ['/docs', '/docs/style.css', '/openapi.json']) {
    const { headers } = await api.ask(`GET ${path}`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.equal((await api.ask(`HEAD ${path}`)).status, 200, path);
  }
});
