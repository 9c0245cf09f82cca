import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentDocument } from '../../client/generate.ts';
import { read } from '../project/support/project.ts';

test('the client types match the current OpenAPI document', () => {
  const [, hash] = /the SHA-256 ([0-9a-f]{64})/.exec(read('client/schema.ts')) ?? [];

  assert.equal(hash, currentDocument().hash, 'run `npm run client:types`, and commit what it writes');
});
