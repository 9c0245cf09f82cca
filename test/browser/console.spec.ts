import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { startChromium } from './support/chromium.ts';
import { signIn, visit } from './support/visit.ts';

let bed: TestBed;
let browser: Browser;

before(async () => {
  browser = await startChromium();
  bed = await startTestBed();
});

after(async () => {
  await browser.close();
  await bed[Symbol.asyncDispose]();
});

test('a wrong key is reported, and a right one shows the sessions, to which a new one is added by itself', async () => {
  const client = await bed.client();
  await client.created();
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 401'] });
  const { page } = visited;

  await page.getByLabel('Api key or login token').fill('wa_wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await signIn(page, client.token);
  await page.getByRole('row', { name: /No number yet/ }).waitFor();
  const linked = await client.linked(bed.simulator, '491700000001');
  const row = page.locator(`[data-session="${linked}"]`);
  await row.locator('[data-status="connected"]').waitFor();

  assert.equal(
    await page
      .evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])')
      .then((kept) => String(kept).includes(client.token)),
    false,
  );
});
