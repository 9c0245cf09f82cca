import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../support/gateway/command.ts';
import { temporaryDataDirectory } from '../support/store/data-directory.ts';

test('the keys command prints what it was asked for, and what it did to the keys goes into the audit trail', async () => {
  await using directory = await temporaryDataDirectory();
  const run = (...parameters: string[]) => runCommand('keys', parameters, { DATA_DIR: directory.path });
  const named = ['--org', 'acme', '--name', 'laptop', '--can', 'read,send'];

  const created = await run('create', ...named);
  const [, apiKey = ''] = created.stdout.split('_');
  const revoked = await run('revoke', '--org', 'acme', '--id', apiKey);
  const again = await run('revoke', '--org', 'acme', '--id', apiKey);
  const listed = await run('list', '--org', 'acme');

  assert.match(created.stdout, /^wa_\S+\n$/);
  assert.equal(revoked.stdout, `revoked ${apiKey}\n`);
  assert.match(listed.stdout, new RegExp(`^${apiKey}\\tlaptop\\tread,send\\t.*revoked`));
  const acts = [created, revoked].map(({ stderr }) => JSON.parse(stderr));
  const common = { level: 30, organization: 'acme', apiKey, actor: { kind: 'command' }, msg: 'audit' };
  const [made, ended] = acts.map(({ time: _, ...facts }) => facts);
  assert.deepEqual(made, { ...common, audit: 'api_key.created', capabilities: ['read', 'send'] });
  assert.deepEqual(ended, { ...common, audit: 'api_key.revoked' });
  assert.deepEqual([again.stderr, listed.stderr], ['', '']);
});
