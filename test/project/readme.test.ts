import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyByReason } from '../../src/actors/session/policy/reconnect-policy.ts';
import { errorCodes } from '../../src/domain/errors.ts';
import { sessionStatuses } from '../../src/domain/session.ts';
import { toAnswer } from '../../src/http/response/errors.ts';
import { routes } from '../../src/http/routes/index.ts';
import { tableUnder } from './support/markdown.ts';
import { packageJson, read } from './support/project.ts';

const readme = read('README.md');

test('the README names every route with what it needs, and no other', () => {
  const shown = tableUnder(readme, 'Routes').map(([route = '', needs = '']) => `${route}: ${needs}`);
  const declared = routes.map(
    ({ method, path, capabilities }) => `${method} ${path}: ${capabilities?.join(' or ') ?? 'no key'}`,
  );

  assert.deepEqual(new Set(shown), new Set(declared));
});

test('the README names every error code with its status, and no other', () => {
  const shown = tableUnder(readme, 'Errors').map(([code = '', status = '']) => [code, Number(status)]);

  assert.deepEqual(
    shown,
    errorCodes.map((code) => [code, toAnswer({ code, message: '' }).status]),
  );
});

test('the README names every status, and every reason that a connection can end for', () => {
  const rows = tableUnder(readme, 'Statuses');
  const reasons = rows.map(([, , reason = '']) => reason).join(' ');

  assert.deepEqual(new Set(rows.map(([status]) => status)), new Set(sessionStatuses));
  for (const reason of Object.keys(policyByReason)) {
    if (reason !== 'stopped') assert.match(reasons, new RegExp(`\\b${reason}\\b`));
  }
});

test('the README says what follows each end of a connection, and of no other', () => {
  const shown = tableUnder(readme, 'What ends a connection').map(([, reason = '']) => reason);

  const ends = Object.keys(policyByReason).filter((reason) => reason !== 'stopped');
  assert.deepEqual(new Set(shown), new Set([...ends, 'server_error_repeated']));
});

test('the README and the contribution guide name only npm scripts that exist', () => {
  for (const text of [readme, read('CONTRIBUTING.md')]) {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
    assert(named.length > 0);
    for (const name of named) assert(name in packageJson.scripts, name);
  }
});
