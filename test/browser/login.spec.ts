import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestBed } from '../support/gateway/gateway.ts';
import { Issuer } from '../support/gateway/issuer.ts';
import { startChromium } from './support/chromium.ts';
import { signIn, visit } from './support/visit.ts';

test('a person signs in with a login token, and sees the sessions of the organization in it', async () => {
  await using issuer = await Issuer.start();
  await using bed = await startTestBed({ JWKS_URL: issuer.url.href });
  const { id } = await (await bed.client({ organization: 'acme' })).created();
  await (await bed.client({ organization: 'globex' })).created();
  await using browser = await startChromium();
  await using visited = await visit(browser, { url: bed.gateway.url });

  await signIn(visited.page, await issuer.token({ role: 'member' }));

  await visited.page.locator(`[data-session="${id}"]`).waitFor();
  assert.equal(await visited.page.locator('tbody tr').count(), 1);
});
