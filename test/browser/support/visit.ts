import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Everything that went wrong in the page, a sentence each. */
  readonly faults: readonly string[];
}

interface VisitOptions {
  url: string;
  theme?: 'light' | 'dark';
  width?: number;
  /**
   * What the browser is to complain of in its console, as part of a message: answers that are to be refusals,
   * connections that are to be lost.
   */
  expected?: readonly string[];
  /** A script of the test that every page has, beside its own. */
  script?: string;
}

/** Told before anything of the page runs; the page cannot take it back. */
const tellViolations = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('securitypolicyviolation ' + violatedDirective + ' ' + blockedURI))`;

/**
 * Opens a page of its own, and takes note of what goes wrong: errors in the console, exceptions, violations of the
 * page's policy, requests that fail. When it is disposed of there must have been none.
 */
export async function visit(
  browser: Browser,
  { url, theme = 'light', width = 1280, expected = [], script = '' }: VisitOptions,
): Promise<Visit> {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const faults: string[] = [];
  const isExpected = (text: string) => expected.some((part) => text.includes(part));
  await page.addInitScript(`${tellViolations};${script}`);
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isExpected(message.text()))
      faults.push(`console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A stream that the page ends itself.
    if (why !== 'net::ERR_ABORTED' && !isExpected(why)) faults.push(`request: ${request.url()} ${why}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`elsewhere: ${request.url()}`);
  });
  await page.goto(`${url}/console`);
  return {
    page,
    faults,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

export async function signIn(page: Page, credential: string): Promise<void> {
  await page.getByLabel('Api key or login token').fill(credential);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
}
