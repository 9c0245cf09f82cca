import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openapiFile } from './support/openapi.ts';
import { read } from './support/project.ts';

test('docs/openapi.json is the document that the gateway serves; npm run docs writes it', () => {
  assert.equal(read('docs/openapi.json'), openapiFile(), 'run `npm run docs`, and commit what it writes');
});
