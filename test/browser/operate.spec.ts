import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { startChromium } from './support/chromium.ts';
import { readQr } from './support/read-qr.ts';
import { recordedStates, recordStates } from './support/recorded-states.ts';
import { ada } from './support/scene.ts';
import { signIn, visit } from './support/visit.ts';

let bed: TestBed;
let browser: Browser;
let client: Client;

before(async () => {
  browser = await startChromium();
  bed = await startTestBed();
  bed.simulator.addContact({ phone: ada, name: 'Ada', devices: 1 });
  client = await bed.client();
});

after(async () => {
  await browser.close();
  await bed[Symbol.asyncDispose]();
});

const SentSchema = v.object({ waMessageId: v.string() });

/** Opens the page of a session. */
async function openSession(page: Page, session: string): Promise<void> {
  await signIn(page, client.token);
  await page.locator(`[data-session="${session}"] a`).click();
  await page.locator('.state [data-status]').waitFor();
}

/** Sends what is filled in, and yields the WhatsApp id in the answer, which has that status. */
async function send(page: Page, type: string, status: number): Promise<string> {
  const newest = page.locator('.report').first();
  const before = (await newest.count()) === 0 ? 0 : Number(await newest.getAttribute('data-report'));
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const report = page.locator(`.report[data-report="${before + 1}"][data-type="${type}"][data-http="${status}"]`);
  await report.waitFor();
  assert.match((await report.locator('p').first().textContent()) ?? '', /\d+ ms/);
  return v.parse(SentSchema, JSON.parse((await report.locator('pre').textContent()) ?? '')).waMessageId;
}

function arrived(id: string) {
  return bed.simulator.ledger.waitForDelivery({ to: ada, id });
}

test('a phone is linked with the QR code that the page shows', async () => {
  await using visited = await visit(browser, { url: bed.gateway.url });
  const { page } = visited;
  await signIn(page, client.token);

  await page.getByRole('button', { name: 'New session' }).click();
  await page.getByLabel('Label').fill('Counter');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Counter' }).waitFor();
  const code = page.locator('[data-qr]');
  await code.waitFor();
  await bed.simulator.scanQr(await readQr(browser, code), '491700000101');

  await page.locator('.state [data-status="connected"]').waitFor();
  await page.getByText('+491700000101').first().waitFor();
  assert.equal(await code.count(), 0);
});

test('a phone is linked with a code typed on it', async () => {
  const { id } = await client.created();
  await using visited = await visit(browser, { url: bed.gateway.url });
  const { page } = visited;
  await openSession(page, id);

  await page.getByLabel('Or get a code').fill('+49 170 0000102');
  await page.getByRole('button', { name: 'Get a code' }).click();
  const code = await page.locator('[data-value="pairing-code"]').textContent();
  await bed.simulator.enterPairingCode(code ?? '', '491700000102');

  await page.locator('.state [data-status="connected"]').waitFor();
});

test('a number that needs a passkey: the page says so, and shows no further code', async () => {
  const { id } = await client.created();
  const qr = await client.qr(id);
  await using visited = await visit(browser, { url: bed.gateway.url });
  const { page } = visited;
  bed.simulator.setPasskey('491700000107', {});
  await openSession(page, id);
  await page.locator('[data-qr]').waitFor();

  await bed.simulator.scanQr(qr, '491700000107');

  await page.locator('[data-value="passkey"]').waitFor();
  await page.getByText('reason: passkey required').waitFor();
  assert.equal(await page.locator('[data-qr]').count(), 0);
});

test('every type of message is sent from the form, and arrives', async () => {
  const session = await client.linked(bed.simulator, '491700000103');
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 501'] });
  const { page } = visited;
  await openSession(page, session);
  const type = page.getByLabel('Type');
  await page.getByLabel('To', { exact: true }).fill(`+${ada}`);

  await page.getByLabel('Text', { exact: true }).fill('Hello from the console');
  const text = await send(page, 'text', 200);
  assert.equal((await arrived(text)).text, 'Hello from the console');

  await page.getByLabel('Text', { exact: true }).fill('An answer to it');
  await page.getByLabel('Reply to').fill(text);
  await page.getByLabel('Mentions').fill(`${ada}@s.whatsapp.net`);
  const reply = await arrived(await send(page, 'text', 200));
  assert.equal(reply.message.extendedTextMessage?.contextInfo?.stanzaId, text);

  await type.selectOption('poll');
  await page.getByLabel('Question').fill('Lunch?');
  await page.getByLabel('Options').fill('soup\nsalad');
  assert.deepEqual((await arrived(await send(page, 'poll', 200))).poll?.options, ['soup', 'salad']);

  await type.selectOption('location');
  await page.getByLabel('Latitude').fill('48.2082');
  await page.getByLabel('Longitude').fill('16.3738');
  const { message } = await arrived(await send(page, 'location', 200));
  assert.equal(message.locationMessage?.degreesLatitude, 48.2082);

  await type.selectOption('contact');
  await page.getByLabel('Name', { exact: true }).fill('Ben');
  await page.getByLabel('Phone', { exact: true }).fill('15550000002');
  assert.equal((await arrived(await send(page, 'contact', 200))).message.contactMessage?.displayName, 'Ben');

  await type.selectOption('edit');
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Text', { exact: true }).fill('Hello, corrected');
  assert.equal((await arrived(await send(page, 'edit', 200))).edits, text);

  await type.selectOption('text');
  await page.getByLabel('when it is queued').check();
  await page.getByLabel('Text', { exact: true }).fill('No hurry');
  assert.equal((await arrived(await send(page, 'text', 202))).text, 'No hurry');

  for (const media of ['image', 'video', 'audio', 'document', 'sticker']) {
    await type.selectOption(media);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator(`.report:first-child[data-type="${media}"][data-http="501"]`).waitFor();
  }
  await eventually(async () => assert.equal(await page.locator('[data-send-status="read"]').count(), 7));
  await page.locator('[data-event="message.status"]').first().waitFor();
});

test('the page shows a rate limit and a reconnect live', async () => {
  const session = await client.linked(bed.simulator, '491700000104');
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 429'] });
  const { page } = visited;
  await openSession(page, session);
  await page.getByLabel('Sends per minute').fill('60');
  await page.getByLabel('Burst').fill('1');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.locator('.chart [id="lifecycle.online.connected"].active').waitFor();
  await recordStates(page);

  await page.getByLabel('To', { exact: true }).fill(ada);
  await page.getByLabel('Text', { exact: true }).fill('within the limit');
  await send(page, 'text', 200);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('.report:first-child[data-http="429"]').waitFor();
  await page.locator('.state [data-status="rate_limited"]').waitFor();
  await page.locator('.chart [id="lifecycle.online.rateLimited"].active').waitFor();
  await page.locator('.state [data-status="connected"]').waitFor();
  bed.simulator.faults.add({ kind: 'upgrade-error', times: 1, status: 503 });
  bed.simulator.disconnect('491700000104', 'reset');

  await page.locator('[data-transition="socket.closed"]').waitFor();
  await eventually(async () =>
    assert.deepEqual(await recordedStates(page), ['connected', 'rate_limited', 'connected', 'connecting', 'connected']),
  );
});

test('a send that is not acknowledged in time is reported as unknown, and its outcome appears in the outbox', async () => {
  const session = await client.linked(bed.simulator, '491700000106');
  await using visited = await visit(browser, { url: bed.gateway.url, expected: ['status of 504'] });
  const { page } = visited;
  await openSession(page, session);
  bed.simulator.faults.add({ kind: 'no-ack', account: '491700000106', times: 1 });

  await page.getByLabel('To', { exact: true }).fill(ada);
  await page.getByLabel('Text', { exact: true }).fill('are you there?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();

  await page.locator('.report[data-http="504"]').getByText('The outcome is unknown').waitFor();
  await page.locator('[data-outbox] [data-send-status="read"]').waitFor();
});

test('a session is stopped, started, logged out and deleted; destructive commands ask first', async () => {
  const session = await client.linked(bed.simulator, '491700000105');
  await using visited = await visit(browser, { url: bed.gateway.url });
  const { page } = visited;
  await openSession(page, session);

  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.state [data-status="stopped"]').waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('.state [data-status="connected"]').waitFor();

  await page.getByRole('button', { name: 'Log out …' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Log out …');
  assert.equal((await client.session(session)).status, 'connected');
  await page.getByRole('button', { name: 'Log out …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Log out', exact: true }).click();
  await page.locator('.state [data-status="logged_out"]').waitFor();

  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  await page.locator(`[data-session="${session}"]`).waitFor({ state: 'detached' });
  assert.equal((await client.call('GET', `/sessions/${session}`)).status, 404);
});
