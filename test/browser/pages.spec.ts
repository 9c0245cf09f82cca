import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import * as v from 'valibot';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { startChromium } from './support/chromium.ts';
import { ada, type Scene, setScene } from './support/scene.ts';
import { signIn, visit } from './support/visit.ts';

/** Where pictures of the pages are left for a person to look at. */
const folder = join(import.meta.dirname, 'screenshots');
const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

const ViolationsSchema = v.array(
  v.object({ id: v.string(), help: v.string(), nodes: v.array(v.object({ html: v.string() })) }),
);

let bed: TestBed;
let browser: Browser;
let scene: Scene;

before(async () => {
  browser = await startChromium();
  bed = await startTestBed();
  scene = await setScene(bed);
});

after(async () => {
  await browser.close();
  await bed[Symbol.asyncDispose]();
});

/** What the page breaks of the rules for everybody being able to use it (WCAG 2.2 AA), as axe finds them. */
async function barriersIn(page: Page): Promise<string[]> {
  const tags = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']);
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: { type: 'tag', values: ${tags} } }).then(({ violations }) => violations)`,
  );
  return v
    .parse(ViolationsSchema, found)
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** Nothing sticks out to the side. */
async function overhang(page: Page): Promise<number> {
  return v.parse(v.number(), await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
}

async function look(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  assert.deepEqual(await barriersIn(page), [], name);
  assert.ok((await overhang(page)) <= 0, `${name} is too wide`);
}

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`every page is accessible and fits: ${theme}, ${width} pixels wide`, async () => {
      await using visited = await visit(browser, {
        url: bed.gateway.url,
        theme,
        width,
        expected: ['status of 501'],
        script: axe,
      });
      const { page } = visited;
      const suffix = `${theme}-${width}`;

      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await look(page, `sign-in-${suffix}`);
      await signIn(page, scene.client.token);
      await page.getByRole('link', { name: 'Support' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await look(page, `sessions-${suffix}`);

      await page.getByRole('button', { name: 'New session' }).click();
      await page.getByRole('dialog').waitFor();
      await look(page, `new-session-${suffix}`);
      await page.keyboard.press('Escape');

      await page.getByRole('link', { name: 'Reception' }).click();
      await page.locator('[data-qr]').waitFor();
      await look(page, `pairing-${suffix}`);
      await page.getByRole('link', { name: 'Sessions' }).click();

      await page.getByRole('link', { name: 'Support' }).click();
      await page.getByLabel('To', { exact: true }).fill(ada);
      await page.getByLabel('Text', { exact: true }).fill('Hello from the console');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('[data-http="200"]').waitFor();
      await page.getByLabel('Type').selectOption('image');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('[data-http="501"]').waitFor();
      await page.locator('[data-send-status="read"]').first().waitFor();
      await look(page, `session-${suffix}`);
      await page.getByRole('button', { name: 'Show whole chart' }).click();
      await page.locator('[data-zoom="whole"]').waitFor();
      await look(page, `statechart-${suffix}`);

      await page.getByRole('button', { name: 'Delete …' }).click();
      await page.getByRole('dialog').waitFor();
      await look(page, `delete-${suffix}`);
    });
  }
}
