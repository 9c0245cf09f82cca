import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../../src/http/routes/index.ts';

test('ids and addresses of routes are unique', () => {
  for (const facts of [routes.map(({ id }) => id), routes.map(({ method, path }) => `${method} ${path}`)]) {
    assert.equal(new Set(facts).size, routes.length);
  }
});

test('only the probes, the documentation, the page of the console and the metrics at the root are open to everybody; the latter ask for a token', () => {
  const open = routes.filter(({ capabilities }) => capabilities === null).map(({ path }) => path);

  assert.deepEqual(open.toSorted(), [
    '/console',
    '/console/{build}/{asset}',
    '/docs',
    '/docs/style.css',
    '/livez',
    '/metrics',
    '/openapi.json',
    '/readyz',
  ]);
  for (const { path } of routes) assert.ok(path.startsWith('/api/v1/') || open.includes(path));
});

/** Everything else needs `manage`. */
const needs: Record<string, readonly string[]> = {
  listSessions: ['read', 'manage'],
  getSession: ['read', 'manage'],
  sendMessage: ['send'],
  editMessage: ['send'],
  listOutbox: ['read', 'send'],
  getOutboxEntry: ['read', 'send'],
  cancelOutboxEntry: ['send'],
  lookUpContact: ['read', 'send'],
  joinGroup: ['send'],
  getGroup: ['read'],
  listGroupMembers: ['read'],
  streamEvents: ['read'],
  createRealtimeTicket: ['read', 'manage'],
  openRealtime: ['read'],
};

test('each route asks for the capabilities that are documented', () => {
  for (const { id, capabilities } of routes) {
    if (capabilities !== null) assert.deepEqual(capabilities, needs[id] ?? ['manage'], id);
  }
  for (const id of Object.keys(needs)) assert.ok(routes.some((route) => route.id === id));
});
