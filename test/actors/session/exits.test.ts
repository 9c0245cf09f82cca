import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { sessionMachine } from '../../../src/actors/session/machine.ts';

/**
 * The states in which a session may stay: nothing is in progress there, or (`connected`) it is as intended.
 * `delivery.unsettled` and `delivery.idle` wait for the lifecycle, and no caller waits there beyond its deadline.
 */
const lasting = [
  'lifecycle.stopped',
  'lifecycle.loggedOut',
  'lifecycle.failed.forGood',
  'lifecycle.online.connected',
  'delivery.idle',
  'delivery.unsettled',
];

/** Why the actors that states wait for end in bounded time. */
const boundedActors = {
  recordStart: 'a commit of the store, which settles either way',
  recordConnected: 'a commit of the store',
  recordInactive: 'commits of the store',
  recoverSend: 'reads and a commit of the store',
  beginSend: 'reads and a commit of the store',
  dequeueSend: 'reads and a commit of the store',
  completeSend: 'a commit of the store',
  login: 'logins in progress end within their deadlines, five begin a second, and nobody is passed over for long',
  breaker: 'a session tries every ten minutes, each in its turn',
};

/**
 * All other states: what ends each at the latest, and where it leads. `resolving.settling` is left when the delivery
 * region is done, which ends by this table, too.
 */
const exits: Record<string, string> = {
  'lifecycle.starting': 'at once: online, loggedOut, failed, stopped',
  'lifecycle.waking': 'recordStart: online; error: settled',
  'lifecycle.settled': 'at once: loggedOut, failed, stopped',
  'lifecycle.settling.recording': 'recordInactive: settled; error: unrecorded',
  'lifecycle.settling.unrecorded': 'after 1000: recording',
  'lifecycle.failed.deciding': 'at once: outdated, waiting, forGood',
  'lifecycle.failed.waiting': 'after retry: waking',
  'lifecycle.failed.outdated': 'breaker: waiting',
  'lifecycle.online.connecting.opening.queueing': 'login: dialling, settling',
  'lifecycle.online.connecting.opening.dialling': 'after 30000: the socket is closed',
  'lifecycle.online.connecting.pairing': 'after 180000: the socket is closed',
  'lifecycle.online.connecting.passkey': 'after passkey: the socket is closed',
  'lifecycle.online.connecting.resolving.recording': 'recordConnected: settling; error: the socket is closed',
  'lifecycle.online.connecting.resolving.settling': 'at once: connected',
  'lifecycle.online.connecting.backingOff': 'after backoff: opening',
  'lifecycle.online.rateLimited': 'after limit: connected',
  'lifecycle.online.draining.finishing': 'after 10000: unlinking, closing',
  'lifecycle.online.draining.unlinking': 'after 10000: closing',
  'lifecycle.online.draining.closing': 'the socket is closed',
  'delivery.recovering': 'recoverSend: idle, gathering, completing, sending; error: the socket is closed',
  'delivery.gathering': 'after 10000: recovering',
  'delivery.beginning': 'beginSend: begun, idle, unsettled; error: unsettled',
  'delivery.dequeuing': 'dequeueSend: begun, pacing, unsettled, idle; error: unsettled',
  'delivery.pacing': 'after pace: idle',
  'delivery.begun': 'at once: sending, unsettled',
  'delivery.sending': 'after sendTimeout: the socket is closed',
  'delivery.deferred': 'after defer: recovering',
  'delivery.completing': 'completeSend: idle; error: unrecorded',
  'delivery.unrecorded': 'after 1000: completing',
};

function leaves(node: AnyStateNode = sessionMachine.root): AnyStateNode[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

function pathOf(node: AnyStateNode): string {
  return node.path.join('.');
}

/** The actors that a state waits for: its own and its parent's, except those of a whole connection. */
function awaited(node: AnyStateNode): string[] {
  const own = node.invoke.map(({ src }) => String(src));
  const around = node.parent === undefined ? [] : node.parent.invoke.map(({ src }) => String(src));
  return [...own, ...around].filter((src) => src !== 'socket' && src !== 'recorder');
}

/** Where transitions lead; one that ends the connection leads to what its end leads to. */
function leadsTo(transitions: readonly AnyTransitionDefinition[]): string {
  const targets = transitions.map(({ target, actions }) => {
    if (target?.[0] !== undefined) return target[0].key;
    const ends = /closeSocket|raiseStoreFailed/.test(JSON.stringify(actions));
    assert.ok(ends, 'a transition that leads nowhere');
    return 'the socket is closed';
  });
  return [...new Set(targets)].join(', ');
}

/** The transitions of a state and its parent for events with this prefix. */
function transitionsOn(node: AnyStateNode, prefix: string): AnyTransitionDefinition[] {
  const nodes = node.parent === undefined ? [node] : [node, node.parent];
  const entries = nodes.flatMap(({ transitions }) => [...transitions]);
  return entries.filter(([type]) => type.startsWith(prefix)).flatMap(([, transitions]) => transitions);
}

function endsByActor(node: AnyStateNode, actor: string): string {
  const done = transitionsOn(node, 'xstate.done.actor');
  if (done.length === 0) {
    const leaving = transitionsOn(node, `${actor}.`).filter(({ target }) => target !== undefined);
    return `${actor}: ${leadsTo(leaving)}`;
  }
  return `${actor}: ${leadsTo(done)}; error: ${leadsTo(transitionsOn(node, 'xstate.error.actor'))}`;
}

/** What ends a state by itself and where that leads, according to its definition. */
function exitOf(node: AnyStateNode): string | undefined {
  const [delayed] = node.after;
  if (delayed !== undefined) return `after ${delayed.delay}: ${leadsTo(node.after)}`;
  const actor = awaited(node).find((src) => src in boundedActors);
  if (actor !== undefined) return endsByActor(node, actor);
  if (node.always !== undefined && node.always.length > 0) return `at once: ${leadsTo(node.always)}`;
  return JSON.stringify(node.config.entry ?? null).includes('closeSocket') ? 'the socket is closed' : undefined;
}

test('every state is in one of the two tables, and the tables name no other', () => {
  assert.deepEqual(new Set(leaves().map(pathOf)), new Set([...lasting, ...Object.keys(exits)]));
});

for (const node of leaves().filter((leaf) => !lasting.includes(pathOf(leaf)))) {
  test(`${pathOf(node)} ends by itself, as the table says`, () => {
    assert.equal(exitOf(node), exits[pathOf(node)]);
  });
}

test('a socket that was asked to close is given up if it does not', () => {
  for (const state of ['lifecycle.online', 'lifecycle.online.draining']) {
    const node = state.split('.').reduce<AnyStateNode | undefined>((at, key) => at?.states[key], sessionMachine.root);
    assert.ok(node?.transitions.has('socket.closeTimeout'), state);
  }
});
