import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { type Clock, type ScheduleTimer, systemClock, systemTimer } from '../domain/clock.ts';
import { type Metrics, noMetrics } from '../domain/metrics.ts';
import type { GatewayStore } from '../store/gateway-store.ts';
import { contactRecords } from '../store/records/contacts.ts';
import { type Events, events as eventsOf } from '../store/records/event-log.ts';
import { groupRecords } from '../store/records/groups.ts';
import { inboundMessages } from '../store/records/messages/inbound-messages.ts';
import { messages as messagesOf } from '../store/records/messages/messages.ts';
import { type Outbox, outbox as outboxOf } from '../store/records/outbox/outbox.ts';
import { credentials as credentialsOf } from '../store/records/sessions/credentials.ts';
import { sessionStates } from '../store/records/sessions/session-states.ts';
import { type Sessions, sessions as sessionsOf } from '../store/records/sessions/sessions.ts';
import { type ContactService, createContactService } from './api/contact-service.ts';
import { createGroupService, type GroupService } from './api/group-service.ts';
import { instrumentedSends } from './api/instrumented-sends.ts';
import { createSendService, type SendService } from './api/send-service.ts';
import { createSessionService, type SessionService } from './api/session-service.ts';
import type { AuditLog } from './audit-log.ts';
import { BackgroundTasks } from './background-tasks.ts';
import { Cluster } from './cluster/cluster.ts';
import { NodeOwnership } from './cluster/membership/node-ownership.ts';
import { createSocket } from './create-socket.ts';
import { loginShare } from './login/login-share.ts';
import { InFlightSends } from './outbox/in-flight-sends.ts';
import { instrumentedOutbox } from './outbox/instrumented-outbox.ts';
import { sweepExpiredQueues } from './outbox/queue-expiry-sweeper.ts';
import { sendLog } from './outbox/send-log.ts';
import { sendMetrics } from './outbox/send-metrics.ts';
import { createLifecycle, type Lifecycle } from './runtime/lifecycle.ts';
import { localHosting, localSessionRouter } from './runtime/local-router.ts';
import type { SessionRouter } from './runtime/session-router.ts';
import { createSessionRuntime, type SessionRuntime } from './runtime/session-runtime.ts';
import { type SessionStats, sessionStats } from './runtime/session-stats.ts';
import { boundedSweep, sessionSweeper } from './runtime/session-sweeper.ts';
import type { Supervisor } from './runtime/supervisor.ts';
import { unfencedRecords } from './runtime/unfenced-records.ts';
import type { baileysSocket } from './socket/actor.ts';

export interface ActorSystemOptions {
  store: GatewayStore;
  logger: Logger;
  audit: AuditLog;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a send waits for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  /** The name of this process, for people. */
  nodeId: string;
  /** Whether the store is only this process's, or shared with other nodes. */
  nodes: 'one' | 'many';
  metrics?: Metrics;
  /** Sends that may be queued for one session; see `store/records/outbox/outbox.ts`. */
  maxQueued?: number;
  /** Sessions that an organization may have; see `store/records/sessions/sessions.ts`. */
  maxSessionsPerOrganization?: number;
  /** Whether tokens and addresses are read from the history that a phone sends after linking; true unless given. */
  readsHistory?: boolean;
  /** A server in place of WhatsApp's own. */
  whatsappUrl?: string;
  /** A connection in place of Baileys', behind the same port. */
  socket?: ReturnType<typeof baileysSocket>;
  /** The timer of all delays, and a clock that is never set back; real time unless given. */
  delay?: ScheduleTimer;
  clock?: Clock;
  /** The seed of a session's random back-off; random unless given. */
  nextSeed?: () => number;
}

/** All sessions of this process over a store, and the services through which callers use them. */
export interface ActorSystem extends Lifecycle {
  sessions: SessionService;
  sends: SendService;
  groups: GroupService;
  contacts: ContactService;
  events: Events;
  stats: SessionStats;
}

/** How much longer than a send a node waits for the response of another. */
const answerGraceMs = 50_000;

/** What all parts of the system are made with. */
interface Basics {
  options: ActorSystemOptions;
  delay: ScheduleTimer;
  clock: Clock;
  /** Null when this process owns every session. */
  ownership: NodeOwnership | null;
  background: BackgroundTasks;
  inFlight: InFlightSends;
}

/** The composition root of the actors; nothing runs before {@link Lifecycle.restore}. */
export function createActorSystem(options: ActorSystemOptions): ActorSystem {
  const { store, now } = options;
  const basics = basicsOf(options);
  const { delay, inFlight } = basics;
  const outbox = createOutbox(basics);
  const runtime = createRuntime(basics, outbox);
  const { supervisor, recorder } = runtime;
  const sessions = sessionsOf(store, {
    ...(options.maxSessionsPerOrganization !== undefined && { maxPerOrganization: options.maxSessionsPerOrganization }),
  });
  const cluster = createCluster(basics, runtime, sessions);
  const router = cluster ?? localSessionRouter(supervisor, options.nodeId);
  const sweep = sessionSweeper({ store, sessions, recorder });
  const { restore, drain, end } = createLifecycle({
    sessions,
    hosting: cluster ?? localHosting(supervisor),
    supervisor,
    recorder,
    background: basics.background,
    sweep,
    startExpirySweeps: () => startExpirySweeps(basics, outbox, supervisor),
    logger: options.logger,
  });
  return {
    sessions: createSessionService({
      sessions,
      outbox,
      sweep: boundedSweep({ sweep, background: basics.background, delay, logger: options.logger }),
      router,
      now,
    }),
    sends: createSends(options, { sessions, outbox, router }),
    groups: createGroupService({ sessions, records: groupRecords(store), router, now }),
    contacts: createContactService({ sessions, router }),
    events: eventsOf(store),
    stats: sessionStats({ store, supervisor, inFlight, delay, now }),
    restore,
    drain,
    end,
  };
}

function basicsOf(options: ActorSystemOptions): Basics {
  const { store, nodeId, nodes, logger } = options;
  const { delay = systemTimer, clock = systemClock(() => performance.now()) } = options;
  const ownership =
    nodes === 'many' ? new NodeOwnership({ store, nodeId, clock, delay, random: Math.random, logger }) : null;
  return { options, delay, clock, ownership, background: new BackgroundTasks(), inFlight: new InFlightSends() };
}

function createOutbox({ options, delay, ownership, inFlight }: Basics): Outbox {
  const { store, logger, metrics, now, maxQueued } = options;
  const stored = outboxOf(store, now, {
    delay,
    owned: ownership?.store ?? store,
    forget: (address) => store.shred(address, 'rest'),
    ...(maxQueued !== undefined && { maxQueued }),
  });
  const observers = [sendLog(logger)];
  if (metrics !== undefined) observers.push(sendMetrics({ inFlight, metrics, now }));
  return instrumentedOutbox(stored, observers, now);
}

function createRuntime({ options, delay, clock, ownership, background }: Basics, outbox: Outbox): SessionRuntime {
  const { store, logger, audit, now, sendTimeoutMs } = options;
  const { metrics = noMetrics, nextSeed = () => randomInt(2 ** 31) } = options;
  const ownedStore = ownership?.store ?? store;
  const credentials = credentialsOf(ownedStore);
  const inbox = inboundMessages(ownedStore, now);
  return createSessionRuntime({
    sessions: sessionsOf(ownedStore),
    credentials,
    outbox,
    messages: messagesOf(ownedStore),
    contacts: contactRecords(ownedStore, now),
    inbox,
    events: eventsOf(ownedStore),
    states: sessionStates(ownedStore),
    unfenced: ownership === null ? null : unfencedRecords(store, logger, now),
    incarnation: () => ownership?.membership.incarnation ?? null,
    health: store.health,
    socket:
      options.socket ??
      createSocket({
        ...{ store, credentials, outbox, inbox, metrics, logger, clock, now, whatsappUrl: options.whatsappUrl },
        sendTimeoutMs,
        readsHistory: options.readsHistory ?? true,
      }),
    startsPerSecond: ownership === null ? undefined : () => loginShare(ownership.membership.known.length),
    sendTimeoutMs,
    background,
    metrics,
    logger,
    audit,
    delay,
    clock,
    nextSeed,
    now,
  });
}

/** Null when this process owns every session. */
function createCluster(
  { options, delay, clock, ownership, background }: Basics,
  { supervisor, recorder }: SessionRuntime,
  sessions: Sessions,
): Cluster | null {
  if (ownership === null) return null;
  const { store, logger, now, sendTimeoutMs } = options;
  return new Cluster({
    ownership,
    store,
    sessions,
    supervisor,
    recorder,
    background,
    sendTimeoutMs,
    answerTimeoutMs: sendTimeoutMs + answerGraceMs,
    clock,
    delay,
    random: Math.random,
    now,
    logger,
  });
}

function createSends(
  { store, metrics = noMetrics, sendTimeoutMs, idempotencyStrict, now }: ActorSystemOptions,
  { sessions, outbox, router }: { sessions: Sessions; outbox: Outbox; router: SessionRouter },
): SendService {
  const records = { messages: messagesOf(store), contacts: contactRecords(store, now) };
  const sends = createSendService({ sessions, outbox, ...records, router, sendTimeoutMs, idempotencyStrict, now });
  return instrumentedSends(sends, metrics);
}

function startExpirySweeps({ options, delay, background }: Basics, outbox: Outbox, supervisor: Supervisor): () => void {
  const { logger, now } = options;
  return sweepExpiredQueues({ outbox, addresses: () => supervisor.addresses(), background, logger, delay, now });
}
