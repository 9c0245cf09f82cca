import {
  type ActorRefFrom,
  type AnyActorRef,
  assign,
  createActor,
  type EventObject,
  fromCallback,
  fromPromise,
  SimulatedClock,
} from 'xstate';
import { createOutboxRow } from '../../src/actors/api/create-outbox-row.ts';
import type { BreakerInput } from '../../src/actors/login/client-version-breaker.ts';
import type { Command, Reply, SendCommand } from '../../src/actors/session/commands.ts';
import type { Beginning, Dispatch, RecoverInput, Recovery, SessionEvent } from '../../src/actors/session/context.ts';
import type { LoginCandidate } from '../../src/actors/session/login-candidate.ts';
import { sessionMachine } from '../../src/actors/session/machine.ts';
import type { Inactive, InactiveInput } from '../../src/actors/session/policy/inactive-policy.ts';
import { type Settlement, settledRow } from '../../src/actors/session/policy/settled-row.ts';
import { nextAttemptOf, statusOf } from '../../src/actors/session/status.ts';
import type { CloseReason, InboundEvent, SocketCommand } from '../../src/actors/socket/port.ts';
import { isExhausted, type OutboxRow } from '../../src/domain/outbox.ts';
import type { Assertion } from '../../src/domain/passkey.ts';
import type { Account, SessionAddress } from '../../src/domain/session.ts';

export const account: Account = { jid: '491701234567@s.whatsapp.net', lid: '1000@lid', phone: '491701234567' };

/** An effect that the session has begun and that waits for its outcome. */
interface PendingEffect {
  name: string;
  succeed(): void;
  fail(): void;
}

export interface ScriptedOptions {
  account?: Account | null;
  resting?: Inactive | null;
  /** What `recoverSend` finds; null unless given. */
  inDoubt?: OutboxRow | null;
  /** The socket actor throws at whatever it is told. */
  breakingSocket?: boolean;
  seed?: number;
  sendTimeoutMs?: number;
}

/**
 * The session machine with a simulated clock, a socket that only records what it is told, and effects that end when
 * the test says so. The test plays WhatsApp, the store and time.
 */
export class ScriptedSession {
  readonly clock = new SimulatedClock();
  readonly replies: Reply[] = [];
  readonly told: SocketCommand[] = [];
  /** The request ids of all that `ask` has asked. */
  readonly asked: string[] = [];
  readonly actor: ActorRefFrom<typeof sessionMachine>;
  inDoubt: OutboxRow | null;
  /** What the beginning of a send comes to; null: it begins. */
  beginning: Beginning | null = null;
  /** What looking into the queue comes to, time after time; then it is empty. */
  readonly queued: Beginning[] = [];
  /** What the last look into the queue will come to. */
  looked: Beginning['kind'] = 'none';
  /** What the decision about the send in doubt will come to. */
  recovery: Recovery['kind'] = 'none';
  readonly #breakingSocket: boolean;
  #pending: PendingEffect[] = [];

  constructor(options: ScriptedOptions = {}) {
    const { account: linked = account, resting = null, inDoubt = null, breakingSocket = false } = options;
    const { seed = 1, sendTimeoutMs = 30_000 } = options;
    this.inDoubt = inDoubt;
    this.#breakingSocket = breakingSocket;
    const rests = resting === null ? null : { ...resting, since: 0 };
    const known = { account: linked, resting: rests, queue: 'unknown' as const, activeAt: null };
    const input = { organization: 'acme', session: 's', ...known, seed, sendTimeoutMs };
    newest = this;
    this.actor = createActor(scriptedMachine, { input, clock: this.clock });
    sessions.set(this.actor.system, this);
    this.actor.on('reply', (reply) => this.replies.push(reply));
    this.actor.start();
  }

  /** Where the session is: both regions. */
  get state(): string {
    return JSON.stringify(this.actor.getSnapshot().value);
  }

  get status(): string {
    return statusOf(this.actor.getSnapshot());
  }

  /** How long the session waits until it connects again by itself; null when it does not. */
  get retryInMs(): number | null {
    const at = nextAttemptOf(this.actor.getSnapshot());
    return at === null ? null : at - this.clock.now();
  }

  get pending(): readonly string[] {
    return this.#pending.map(({ name }) => name);
  }

  send(event: SessionEvent): void {
    this.actor.send(event);
  }

  /** The connection ends. */
  close(reason: CloseReason, banMs?: number): void {
    this.send({ type: 'socket.closed', reason, ...(banMs !== undefined && { banMs }) });
  }

  /** Asks a command of a type, under a request id of its own. */
  ask(type: Command['type']): void {
    const requestId = `request ${this.asked.length}`;
    this.asked.push(requestId);
    this.send(commands[type](requestId));
  }

  /** Ends the oldest pending effect of that name, and lets the session take note. */
  async end(name: string, how: 'succeed' | 'fail' = 'succeed'): Promise<void> {
    const effect = this.#pending.find((pending) => pending.name === name);
    if (effect === undefined) throw new Error(`${name} is not pending; pending are: ${this.pending.join(', ')}`);
    this.#pending = this.#pending.filter((pending) => pending !== effect);
    effect[how]();
    await settled();
  }

  /** Goes from the beginning to `connected`. */
  async connect(): Promise<void> {
    this.send({ type: 'login.granted' });
    this.send({ type: 'socket.opened', account });
    await this.end('recordConnected');
    if (this.pending.includes('recoverSend')) await this.end('recoverSend');
    if (this.pending.includes('dequeueSend')) await this.end('dequeueSend');
  }

  hear(command: SocketCommand): void {
    if (this.#breakingSocket) throw new Error('broken on purpose');
    this.told.push(command);
  }

  begin(current: Dispatch | null): Promise<Beginning> {
    if (current === null) throw new Error('nothing to begin');
    return this.effect('beginSend', this.beginning ?? begun(current.row), (beginning) => this.#noteFlight(beginning));
  }

  dequeue(): Promise<Beginning> {
    const next = this.queued.shift() ?? { kind: 'none' as const };
    this.looked = next.kind;
    return this.effect('dequeueSend', next, (beginning) => this.#noteFlight(beginning));
  }

  recover(mayResend: boolean): Promise<Recovery> {
    const recovery = recoveryOf(this.inDoubt, mayResend);
    this.recovery = recovery.kind;
    return this.effect('recoverSend', recovery);
  }

  complete(row: OutboxRow | undefined, settlement: Settlement | null): Promise<OutboxRow> {
    if (row === undefined || settlement === null) throw new Error('nothing to complete');
    return this.effect('completeSend', settledRow(row, settlement, 0), () => {
      this.inDoubt = null;
    });
  }

  /** What the store would find in flight after a kill. */
  #noteFlight(beginning: Beginning): void {
    if (beginning.kind === 'begun') this.inDoubt = beginning.row;
  }

  /** Begins an effect that ends when the test says so; `applied` is called if it succeeds. */
  effect<T>(name: string, value: T, applied: (value: T) => void = () => undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const succeed = (): void => {
        applied(value);
        resolve(value);
      };
      this.#pending.push({ name, succeed, fail: () => reject(new Error(`${name} failed`)) });
    });
  }
}

/** Which test an actor belongs to: the machine is built once for all of them. */
const sessions = new WeakMap<AnyActorRef['system'], ScriptedSession>();

/** Its actor takes its first steps while it is made, before it can be looked up. */
let newest: ScriptedSession | undefined;

function sessionIn(system: AnyActorRef['system']): ScriptedSession {
  const session = sessions.get(system) ?? newest;
  if (session === undefined) throw new Error('the actor belongs to no scripted session');
  return session;
}

const scriptedMachine = sessionMachine.provide({
  actions: { readClock: assign(({ system }) => ({ now: sessionIn(system).clock.now() })) },
  actors: {
    socket: fromCallback<SocketCommand, SessionAddress>(({ receive, system }) =>
      receive((command) => sessionIn(system).hear(command)),
    ),
    login: fromCallback<EventObject, LoginCandidate>(() => undefined),
    breaker: fromCallback<EventObject, BreakerInput>(() => undefined),
    recorder: fromCallback<InboundEvent, SessionAddress>(() => undefined),
    recordConnected: fromPromise<void, SessionAddress & { account: Account | null }>(({ system }) =>
      sessionIn(system).effect('recordConnected', undefined),
    ),
    recordStart: fromPromise<void, SessionAddress & { isRequested: boolean }>(({ system }) =>
      sessionIn(system).effect('recordStart', undefined),
    ),
    recordInactive: fromPromise<number | null, InactiveInput>(({ input, system }) =>
      sessionIn(system).effect('recordInactive', input.inactive === null ? null : 0),
    ),
    beginSend: fromPromise<Beginning, { current: Dispatch | null }>(({ input, system }) =>
      sessionIn(system).begin(input.current),
    ),
    dequeueSend: fromPromise<Beginning, SessionAddress>(({ system }) => sessionIn(system).dequeue()),
    recoverSend: fromPromise<Recovery, RecoverInput>(({ input, system }) => sessionIn(system).recover(input.mayResend)),
    completeSend: fromPromise<OutboxRow, { row: OutboxRow | undefined; settlement: Settlement | null }>(
      ({ input, system }) => sessionIn(system).complete(input.row, input.settlement),
    ),
  },
});

function recoveryOf(row: OutboxRow | null, mayResend: boolean): Recovery {
  if (row === null) return { kind: 'none' };
  if (row.early !== null) return { kind: 'proven', row };
  if (!mayResend) return { kind: 'undecided', row };
  return { kind: isExhausted(row) ? 'exhausted' : 'again', row };
}

/** Lets promises that are decided reach whoever waits for them. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A send that has begun. */
export function begun(row: OutboxRow): Beginning {
  return { kind: 'begun', row, typing: false, limit: null };
}

export function textRow(mode: 'sync' | 'async' = 'sync'): OutboxRow {
  const to = '6281234567890@s.whatsapp.net';
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  return createOutboxRow(
    { organization: 'acme', session: 's' },
    { mode, to, content, idempotency: null, account: null, acceptedAt: 0, traceId: null },
  );
}

export function textCommand(requestId: string): SendCommand {
  return { type: 'message.send', requestId, row: textRow(), fingerprint: 'f' };
}

const by = { organization: 'acme', kind: 'api_key', subject: 'k', expiresAt: null, capabilities: ['manage'] } as const;
export const asker = { by, requestId: 'r' };

const assertion: Assertion = {
  id: 'id',
  rawId: 'id',
  type: 'public-key',
  response: { clientDataJSON: 'e30', authenticatorData: 'data', signature: 'signature' },
};

const commands: Record<Command['type'], (requestId: string) => Command> = {
  'session.start': (requestId) => ({ type: 'session.start', requestId }),
  'session.stop': (requestId) => ({ type: 'session.stop', requestId }),
  'session.shutDown': (requestId) => ({ type: 'session.shutDown', requestId }),
  'session.logout': (requestId) => ({ type: 'session.logout', requestId, asker }),
  'session.qr': (requestId) => ({ type: 'session.qr', requestId }),
  'session.pairingCode': (requestId) => ({ type: 'session.pairingCode', requestId, phone: '491701234567' }),
  'session.passkey': (requestId) => ({ type: 'session.passkey', requestId }),
  'session.assertPasskey': (requestId) => ({ type: 'session.assertPasskey', requestId, assertion }),
  'session.confirmPasskey': (requestId) => ({ type: 'session.confirmPasskey', requestId }),
  'session.perform': (requestId) => ({
    type: 'session.perform',
    requestId,
    action: { kind: 'joinGroup', code: 'code' },
  }),
  'message.send': textCommand,
};

/** Every command, each with this request id. */
export function everyCommand(requestId: string): Command[] {
  return Object.values(commands).map((make) => make(requestId));
}
