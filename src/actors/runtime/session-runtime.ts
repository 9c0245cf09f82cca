import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { assign } from 'xstate';
import type { Clock, ScheduleTimer } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { StoreHealth } from '../../store/gateway-store.ts';
import { isUnavailable } from '../../store/layers/health-checked-store.ts';
import type { Contacts } from '../../store/records/contacts.ts';
import type { Events } from '../../store/records/event-log.ts';
import type { InboundMessages } from '../../store/records/messages/inbound-messages.ts';
import type { Messages } from '../../store/records/messages/messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Credentials } from '../../store/records/sessions/credentials.ts';
import type { SessionStates } from '../../store/records/sessions/session-states.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { AuditLog } from '../audit-log.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import { InboundRecorder, type InboundRecords } from '../inbound/inbound-recorder.ts';
import { ClientVersionBreaker } from '../login/client-version-breaker.ts';
import { LoginLimiter, type LoginLimiterDeps } from '../login/login-limiter.ts';
import { deliveryEffects } from '../session/effects/delivery-effects.ts';
import { lifecycleEffects } from '../session/effects/lifecycle-effects.ts';
import { sessionMachine } from '../session/machine.ts';
import type { baileysSocket } from '../socket/actor.ts';
import { encodeMessage } from '../socket/commands/compose-message.ts';
import { tokenHolders } from '../socket/signal/token-holders.ts';
import { statusPublisher } from './status-publisher.ts';
import { Supervisor } from './supervisor.ts';

/** Sessions whose next token is kept for a synchronous send that was refused. */
const maxReservations = 10_000;

/** Sessions whose refused new chats are remembered. */
const maxRefusedChats = 10_000;

/** What the sessions of a process share. The records write as the owner of a session. */
export interface SessionRuntimeDeps {
  sessions: Sessions;
  credentials: Credentials;
  outbox: Outbox;
  messages: Messages;
  contacts: Contacts;
  inbox: InboundMessages;
  events: Events;
  states: SessionStates;
  /** Where to record what arrived for a session that another node owns by now; null without other nodes. */
  unfenced: InboundRecords | null;
  /** The node's lease, with which statuses are published; null without other nodes. */
  incarnation: () => string | null;
  health: StoreHealth;
  /** The connection to WhatsApp. */
  socket: ReturnType<typeof baileysSocket>;
  startsPerSecond: LoginLimiterDeps['startsPerSecond'];
  sendTimeoutMs: number;
  background: BackgroundTasks;
  metrics: Metrics;
  logger: Logger;
  audit: AuditLog;
  delay: ScheduleTimer;
  /** Never set back. */
  clock: Clock;
  /** See {@link Supervisor}. */
  nextSeed: () => number;
  /** Epoch milliseconds. */
  now: () => number;
}

/** The sessions of a process, and the recorder of what arrives for them. */
export interface SessionRuntime {
  supervisor: Supervisor;
  recorder: InboundRecorder;
}

/** Wires what the sessions of a process share. No session runs yet. */
export function createSessionRuntime(deps: SessionRuntimeDeps): SessionRuntime {
  const { sessions, outbox, inbox, events, unfenced, health, background, logger, delay, clock, now } = deps;
  const recorder = new InboundRecorder({
    sessions,
    outbox,
    inbox,
    unfenced,
    events,
    health,
    background,
    logger,
    delay,
    now,
  });
  const breaker = new ClientVersionBreaker({ now, after: clock.after }, logger);
  const limiter = new LoginLimiter({
    clock,
    admits: (session) => breaker.admits(session),
    startsPerSecond: deps.startsPerSecond,
    onAdmitted: (session, waitedMs) =>
      logger.info({ session, durationMs: Math.round(waitedMs) }, 'session admitted to log in'),
  });
  breaker.onOpen = () => limiter.review();
  const supervisor = createSupervisor(deps, provideMachine(deps, { recorder, breaker, limiter }));

  // While the store fails, no session logs in, and none stays online to acknowledge what cannot be stored.
  health.onChange((state) => {
    if (state === 'working') return limiter.open();
    limiter.close();
    supervisor.storeFailed();
  });
  return { supervisor, recorder };
}

interface SharedActors {
  recorder: InboundRecorder;
  breaker: ClientVersionBreaker;
  limiter: LoginLimiter;
}

function provideMachine(deps: SessionRuntimeDeps, { recorder, breaker, limiter }: SharedActors): typeof sessionMachine {
  const { sessions, credentials, outbox, messages, contacts, audit, metrics, logger, now } = deps;
  // An outage of the store is reported once for all sessions.
  const report = (effect: string, error: unknown): void => {
    if (!isUnavailable(error)) logger.error({ effect, ...errorFacts(error) }, 'session side effect failed');
  };
  return sessionMachine.provide({
    actions: { readClock: assign(() => ({ now: now() })) },
    actors: {
      ...lifecycleEffects({ sessions, credentials, outbox, breaker, audit, report, now }),
      ...deliveryEffects({
        sessions,
        outbox,
        messages,
        encode: encodeMessage,
        contacts,
        report,
        metrics,
        now,
        reservations: new LRUCache({ max: maxReservations }),
        tokenHolders: (address, jids) => tokenHolders(credentials, address, jids),
        refusedChats: new LRUCache({ max: maxRefusedChats }),
        recorded: (address) => recorder.recorded(address),
      }),
      login: limiter.actor,
      breaker: breaker.actor,
      socket: deps.socket,
      recorder: recorder.actor,
    },
  });
}

function createSupervisor(deps: SessionRuntimeDeps, machine: typeof sessionMachine): Supervisor {
  const { sessions, credentials, outbox, states, incarnation, health, sendTimeoutMs } = deps;
  const { background, metrics, logger, audit, delay, nextSeed, now } = deps;
  return new Supervisor({
    sessions,
    credentials,
    hasBacklog: (address) => outbox.hasBacklog(address),
    states,
    health,
    machine,
    sendTimeoutMs,
    onState: statusPublisher({
      publish: (address, state, event) => states.publish(address, { state, incarnation: incarnation() }, event),
      background,
      metrics,
      logger,
      now,
    }),
    logger,
    delay,
    audit,
    nextSeed,
    now,
  });
}
