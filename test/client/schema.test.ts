import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentDocument } from '../../client/generate.ts';
import { read } from '../project/support/project.ts';

test('the types of the client are those of the OpenAPI document as it is now', () => {
  const [, hash] = /the SHA-256 ([0-9a-f]{64})/.exec(read('client/schema.ts')) ?? [];

  assert.equal(hash, currentDocument().hash, 'run `npm run client:types`, and commit what it writes');
});
