import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyByReason, type ReconnectPolicy } from '../../src/actors/session/policy/reconnect-policy.ts';
import { errorCodes } from '../../src/domain/errors.ts';
import { sessionStatuses } from '../../src/domain/session.ts';
import { toAnswer } from '../../src/http/response/errors.ts';
import { routes } from '../../src/http/routes/index.ts';
import { tableUnder } from './support/markdown.ts';
import { packageJson, pages, read } from './support/project.ts';

const api = read('docs/api.md');
const sessions = read('docs/sessions.md');

/** Reasons of a status that no connection ends with. */
const otherReasons = ['server_error_repeated', 'session_moving', 'unlinked', 'unlinked_offline', 'record_unreadable'];

interface End {
  reason: string;
  /** The status that a session gets. */
  status: string;
  /** Whether it connects again by itself, and when. */
  returns: string;
  toDo: string;
}

const ends: End[] = tableUnder(sessions, 'What ends a connection').map(
  ([reason = '', status = '', _cause, returns = '', toDo = '']) => ({ reason, status, returns, toDo }),
);

const statusAfter: Record<ReconnectPolicy, string> = {
  restart: 'connecting',
  restartOnce: 'connecting',
  retry: 'connecting',
  stopped: 'stopped',
  logged_out: 'logged_out',
  failed: 'failed',
};

test('the API page names every route with what it needs, and no other', () => {
  const shown = tableUnder(api, 'Routes').map(([route = '', needs = '']) => `${route}: ${needs}`);
  const declared = routes.map(
    ({ method, path, capabilities }) => `${method} ${path}: ${capabilities?.join(' or ') ?? 'no key'}`,
  );

  assert.deepEqual(new Set(shown), new Set(declared));
});

test('the API page names every error code with its status, and no other', () => {
  const shown = tableUnder(api, 'Errors').map(([code = '', status = '']) => [code, Number(status)]);

  assert.deepEqual(
    shown,
    errorCodes.map((code) => [code, toAnswer({ code, message: '' }).status]),
  );
});

test('the page on sessions explains every status, and no other', () => {
  const shown = tableUnder(sessions, 'Statuses').map(([status = '']) => status);

  assert.deepEqual(new Set(shown), new Set(sessionStatuses));
});

test('the page on sessions names every reason once, and says what to do about it', () => {
  const shown = ends.map(({ reason }) => reason);

  assert.equal(new Set(shown).size, shown.length);
  assert.deepEqual(new Set(shown), new Set([...Object.keys(policyByReason), ...otherReasons]));
  for (const { reason, toDo } of ends) assert.notEqual(toDo, '', reason);
});

test('the page on sessions names the status that follows each end of a connection, and whether it comes back', () => {
  const shown = new Map(ends.map((end) => [end.reason, end]));

  for (const [reason, policy] of Object.entries(policyByReason)) {
    const { status = '', returns = '' } = shown.get(reason) ?? {};
    const expected = reason === 'pairing_refused' ? 'pairing, then stopped' : statusAfter[policy];
    assert.equal(status, expected, reason);
    if (expected !== 'failed')
      assert.equal(returns.startsWith('yes'), ['connecting', 'pairing, then stopped'].includes(expected), reason);
  }
});

test('README.md is a front page of at most 150 lines', () => {
  assert(read('README.md').trimEnd().split('\n').length <= 150);
});

test('pages name only npm scripts that exist', () => {
  let count = 0;
  for (const page of pages) {
    for (const [, name = ''] of read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
      count += 1;
      assert(name in packageJson.scripts, `${page}: ${name}`);
    }
  }
  assert(count > 20);
});
