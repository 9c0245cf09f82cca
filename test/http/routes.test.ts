import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../src/http/routes/index.ts';

test('ids and addresses of routes are unique', () => {
  for (const facts of [routes.map(({ id }) => id), routes.map(({ method, path }) => `${method} ${path}`)]) {
    assert.equal(new Set(facts).size, routes.length);
  }
});

test('only the probes at the root are open to everybody', () => {
  const open = routes.filter(({ capabilities }) => capabilities === null).map(({ path }) => path);

  assert.deepEqual(open, ['/livez', '/readyz']);
  for (const { path, capabilities } of routes) assert.equal(path.startsWith('/api/v1/'), capabilities !== null);
});

test('reading sessions needs read or manage, sending needs send, everything else manage', () => {
  const needs = (id: string) => {
    if (id === 'sendMessage') return ['send'];
    return id === 'listSessions' || id === 'getSession' ? ['read', 'manage'] : ['manage'];
  };

  for (const { id, capabilities } of routes) {
    if (capabilities !== null) assert.deepEqual(capabilities, needs(id), id);
  }
});
