import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import * as v from 'valibot';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { startChromium } from './support/chromium.ts';
import { freePort } from './support/free-port.ts';
import { prefixed } from './support/prefixed.ts';
import { ada } from './support/scene.ts';
import { signIn, visit } from './support/visit.ts';

const KeySchema = v.object({ key: v.string(), id: v.string() });

let bed: TestBed;
let browser: Browser;

before(async () => {
  browser = await startChromium();
  // It is to be found again after a restart.
  bed = await startTestBed({ PORT: String(await freePort()) });
  bed.simulator.addContact({ phone: ada, name: 'Ada', devices: 1 });
});

after(async () => {
  await browser.close();
  await bed[Symbol.asyncDispose]();
});

test('a credential that may only read sees live updates, and why sending is refused', async () => {
  const client = await bed.client();
  const reader = await bed.client({ capabilities: ['read'] });
  const session = await client.linked(bed.simulator, '491700000201');
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 403'] });
  const { page } = visited;
  await signIn(page, reader.token);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator(`[data-session="${session}"] a`).click();

  await page.getByLabel('To', { exact: true }).fill(ada);
  await page.getByLabel('Text', { exact: true }).fill('may I?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('.report[data-http="403"]').getByText('lacks a capability: send').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('lacks a capability: manage').first().waitFor();
  await client.call('POST', `/sessions/${session}:stop`);
  await page.locator('.state [data-status="stopped"]').waitFor();
});

test('for a credential that may only manage the page reloads every few seconds, and says so', async () => {
  const client = await bed.client();
  const manager = await bed.client({ capabilities: ['manage'] });
  const session = await client.linked(bed.simulator, '491700000202');
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 403'] });
  const { page } = visited;
  await signIn(page, manager.token);

  await page.getByText('Every 3 s').waitFor();
  const row = page.locator(`[data-session="${session}"]`);
  await row.locator('[data-status="connected"]').waitFor();
  await client.call('POST', `/sessions/${session}:stop`);
  await row.locator('[data-status="stopped"]').waitFor();
  await row.getByRole('link').click();
  await page.locator('.chart [id="lifecycle.stopped"].active').waitFor();
  await client.call('POST', `/sessions/${session}:start`);
  await page.locator('.chart [id="lifecycle.online.connected"].active').waitFor();
});

test('a credential that may only send is refused with an explanation', async () => {
  const sender = await bed.client({ capabilities: ['send'] });
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 403'] });

  await visited.page.getByLabel('Api key or login token').fill(sender.token);
  await visited.page.keyboard.press('Enter');

  await visited.page.getByText('requires a credential with the capability read or manage').waitFor();
});

test('a revoked key signs out, and what it showed is gone', async () => {
  const client = await bed.client();
  const { body } = await client.call('POST', '/api-keys', { name: 'guest', capabilities: ['read', 'manage'] });
  const { key, id } = v.parse(KeySchema, body);
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 401'] });
  const { page } = visited;
  await signIn(page, key);

  await client.call('DELETE', `/api-keys/${id}`);

  await page.getByText('no longer valid').waitFor();
  assert.equal(await page.locator('[data-session]').count(), 0);
});

test('the page reconnects after a restart of the gateway and misses nothing', async () => {
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000203');
  await using visited = await visit(browser, {
    url: bed.gateway.url,
    expected: [
      'ERR_CONNECTION_REFUSED',
      'ERR_CONNECTION_RESET',
      'ERR_INCOMPLETE_CHUNKED',
      'WebSocket',
      'status of 503',
      'ERR_NETWORK',
    ],
  });
  const { page } = visited;
  await signIn(page, client.token);
  await page.locator(`[data-session="${session}"] a`).click();
  await page.getByText('Live', { exact: true }).waitFor();

  await bed.gateway.close();
  await page.getByText(/^Offline/).waitFor();
  await bed.restart();
  await client.until(session, 'connected');
  await client.sendText(session, `${ada}@s.whatsapp.net`, 'after the break');

  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('.state [data-status="connected"]').waitFor();
  await page.locator('[data-outbox] [data-send-status="read"]').waitFor();
  await page.locator('.chart[data-chart="live"]').waitFor();
  await page.locator('[data-event="message.status"]').first().waitFor();
});

test('everything works with the keyboard: signing in, opening a session, and back', async () => {
  const client = await bed.client({ organization: 'keys' });
  const { id } = await client.created();
  await using visited = await visit(browser, { url: bed.gateway.url });
  const { page } = visited;
  const focused = () => page.evaluate('document.activeElement.textContent.trim()');

  await page.getByLabel('Api key or login token').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type(client.token);
  await page.keyboard.press('Enter');
  await page.locator(`[data-session="${id}"] a`).waitFor();
  for (let tabs = 0; tabs < 10 && (await focused()) !== 'No number yet'; tabs += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'No number yet' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Sessions');
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
});

test('the theme can be chosen, and is the only thing that the browser keeps', async () => {
  const client = await bed.client();
  await using visited = await visit(browser, { url: bed.gateway.url, theme: 'light' });
  const { page } = visited;
  await signIn(page, client.token);

  await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
  await page.getByRole('button', { name: 'Switch to the light theme' }).waitFor();

  const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
  assert.equal(kept, '[{"troupe.theme":"dark"},{},""]');
  assert.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark');
});

test('it works behind a proxy that adds a path prefix', async () => {
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000204');
  await using proxy = await prefixed(bed.gateway.url, '/whatsapp');
  await using visited = await visit(browser, { url: proxy.url });
  const { page } = visited;
  await signIn(page, client.token);

  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator(`[data-session="${session}"] a`).click();
  await page.locator('.chart[data-chart="live"]').waitFor();
});
