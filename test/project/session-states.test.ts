import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { sessionStatesPage } from './support/session-states.ts';

test('docs/session-states.md shows the machine as it is; npm run docs writes it anew', async () => {
  const page = await readFile(new URL('../../docs/session-states.md', import.meta.url), 'utf8');

  assert.equal(page, sessionStatesPage());
});
