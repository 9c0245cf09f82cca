import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActorRefFrom, assign, createActor, type EventObject, fromCallback, SimulatedClock } from 'xstate';
import type { BreakerInput } from '../../../src/actors/login/client-version-breaker.ts';
import { LoginLimiter } from '../../../src/actors/login/login-limiter.ts';
import { sessionMachine } from '../../../src/actors/session/machine.ts';
import type { InboundEvent, SocketCommand } from '../../../src/actors/socket/port.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { account } from '../../support/scripted-session.ts';
import { clockOn } from '../../support/simulated-clock.ts';

const sessions = 50;
const stepMs = 50;

interface Outage {
  time: SimulatedClock;
  /** When each session dialled. */
  dialled: Map<string, number[]>;
  /** When each session would have dialled next without the login limiter. */
  due: number[];
}

/** Sessions of one process whose connections all end as soon as they are dialled, on a simulated clock. */
function outage(forMs: number): Outage {
  const time = new SimulatedClock();
  const limiter = new LoginLimiter({ clock: clockOn(time), admits: () => true });
  const dialled = new Map<string, number[]>();
  const due: number[] = [];
  const machine = sessionMachine.provide({
    actions: { readClock: assign(() => ({ now: time.now() })) },
    actors: {
      login: limiter.actor,
      breaker: fromCallback<EventObject, BreakerInput>(() => undefined),
      recorder: fromCallback<InboundEvent, SessionAddress>(() => undefined),
      socket: fromCallback<SocketCommand, SessionAddress>(({ input, receive, sendBack }) =>
        receive(({ type }) => {
          if (type !== 'socket.open') return;
          dialled.set(input.session, [...(dialled.get(input.session) ?? []), time.now()]);
          sendBack({ type: 'socket.closed', reason: 'connection_closed' });
        }),
      ),
    },
  });
  const actors = Array.from({ length: sessions }, (_, seed) => start(machine, time, seed, due));
  while (time.now() < forMs) time.increment(stepMs);
  for (const actor of actors) actor.stop();
  return { time, dialled, due };
}

function start(
  machine: typeof sessionMachine,
  clock: SimulatedClock,
  seed: number,
  due: number[],
): ActorRefFrom<typeof sessionMachine> {
  const known = { account, resting: null, queue: 'unknown' as const, activeAt: null };
  const input = { organization: 'acme', session: `s${seed}`, ...known, seed: seed * 7_919, sendTimeoutMs: 30_000 };
  const actor = createActor(machine, { input, clock });
  let seen: number | null = null;
  actor.subscribe(({ context: { retryAt } }) => {
    if (retryAt !== null && retryAt !== seen) due.push(retryAt);
    seen = retryAt;
  });
  return actor.start();
}

/** How many of the times lie in each stretch of that length from `from` to `to`. */
function perStretch(times: readonly number[], ms: number, from: number, to: number): number[] {
  const counts = Array.from({ length: (to - from) / ms }, () => 0);
  for (const at of times) {
    const stretch = Math.floor((at - from) / ms);
    if (stretch >= 0 && stretch < counts.length) counts[stretch] = (counts[stretch] ?? 0) + 1;
  }
  return counts;
}

test('while WhatsApp ends every connection for two minutes, no session tries more than twelve times', () => {
  const { dialled } = outage(120_000);

  assert.equal(dialled.size, sessions);
  const counts = [...dialled.values()].map(({ length }) => length);
  assert.ok(Math.max(...counts) <= 12, `${Math.max(...counts)} attempts`);
  assert.ok(Math.min(...counts) >= 3, `a session tried only ${Math.min(...counts)} times`);
});

test('the attempts of all sessions come in no waves, neither as they are due nor as they are admitted', () => {
  const { dialled, due } = outage(600_000);

  const admitted = perStretch([...dialled.values()].flat(), 1_000, 0, 600_000);
  assert.ok(Math.max(...admitted) <= 5, `${Math.max(...admitted)} logins began in one second`);
  // Later than the first minutes, in which all of them begin together by construction.
  const wanted = perStretch(due, 5_000, 120_000, 600_000);
  const mean = wanted.reduce((sum, count) => sum + count, 0) / wanted.length;
  assert.ok(Math.max(...wanted) <= 3 * mean, `${Math.max(...wanted)} due in five seconds, ${mean} on average`);
});

test('in ten minutes of outage no session tries more than forty times', () => {
  const { dialled } = outage(600_000);

  const most = Math.max(...[...dialled.values()].map(({ length }) => length));
  assert.ok(most <= 40, `${most} attempts`);
});
