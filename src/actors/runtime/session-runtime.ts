import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock, ScheduleTimer } from '../../domain/clock.ts';
import { type Metrics, noMetrics } from '../../domain/metrics.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { UnfencedStore } from '../../store/layers/unfenced-store.ts';
import { credentials as credentialsOf } from '../../store/records/credentials.ts';
import { events as eventsOf } from '../../store/records/event-log.ts';
import { inboundMessages } from '../../store/records/inbound-messages.ts';
import { messages as messagesOf } from '../../store/records/messages.ts';
import { type Outbox, outbox as outboxOf } from '../../store/records/outbox/outbox.ts';
import { sessionStates } from '../../store/records/session-states.ts';
import { sessions as sessionsOf } from '../../store/records/sessions.ts';
import { BackgroundTasks } from '../background-tasks.ts';
import type { NodeOwnership } from '../cluster/membership/node-ownership.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import { messageLookup } from '../inbound/message-lookup.ts';
import { InFlightSends } from '../outbox/in-flight-sends.ts';
import { instrumentedOutbox } from '../outbox/instrumented-outbox.ts';
import { sendLog } from '../outbox/send-log.ts';
import { sendMetrics } from '../outbox/send-metrics.ts';
import { encodeContent } from '../socket/content.ts';
import { provideSessionMachine, type SessionMachineOptions } from './provide-session-machine.ts';
import { type SessionStats, sessionStats } from './session-stats.ts';
import { statusPublisher } from './status-publisher.ts';
import { Supervisor } from './supervisor.ts';

/** Logins that all nodes together, and one of several, may begin in a second. */
const clusterStartsPerSecond = 20;
const nodeStartsPerSecond = 10;

export interface ActorSystemOptions extends Pick<SessionMachineOptions, 'whatsappUrl' | 'socket' | 'audit'> {
  store: GatewayStore;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a send waits for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  /** What this process is called, for people. */
  nodeId: string;
  /** Whether it has the store for itself, or shares it with other nodes. */
  nodes: 'one' | 'many';
  /** Takes note of what happens; nobody does unless given. */
  metrics?: Metrics;
  /** Sends that may be queued for one session; see `store/records/outbox/outbox.ts`. */
  maxQueued?: number;
  /** Sessions that an organization may have; see `store/records/sessions.ts`. */
  maxSessionsPerOrganization?: number;
  /** What delays take their time from, and a clock that is never set back; real time unless given. */
  delay?: ScheduleTimer;
  clock?: Clock;
  /** What the sessions' random back-off begins with; random unless given. */
  nextSeed?: () => number;
}

export interface SessionRuntimeOptions extends ActorSystemOptions {
  delay: ScheduleTimer;
  clock: Clock;
  /** What this process owns; null when that is everything. */
  tenure: NodeOwnership | null;
}

/** The sessions of this process, and what they have in common. */
export interface SessionRuntime {
  supervisor: Supervisor;
  outbox: Outbox;
  recorder: InboundRecorder;
  background: BackgroundTasks;
  figures: SessionStats;
}

/** Puts together what the sessions of this process live in. They write as their owners. */
export function createSessionRuntime(options: SessionRuntimeOptions): SessionRuntime {
  const { store, tenure, logger, now, delay, maxQueued, sendTimeoutMs, audit } = options;
  const { nextSeed = () => randomInt(2 ** 31), metrics = noMetrics } = options;
  const { health } = store;
  const owned = tenure?.store ?? store;
  const sessions = sessionsOf(owned);
  const credentials = credentialsOf(owned);
  const inFlight = new InFlightSends();
  const forget = (address: SessionAddress) => store.shred(address, 'rest');
  const storedOutbox = outboxOf(store, now, { delay, owned, forget, ...(maxQueued !== undefined && { maxQueued }) });
  const observers = [
    sendLog(logger),
    ...(options.metrics === undefined ? [] : [sendMetrics({ inFlight, metrics, now })]),
  ];
  const outbox = instrumentedOutbox(storedOutbox, observers, now);
  const events = eventsOf(owned);
  const published = sessionStates(owned);
  const background = new BackgroundTasks();
  const kept = messageLookup({ messages: messagesOf(store), outbox, encode: encodeContent, now });
  const { machine, recorder, admission } = provideSessionMachine({
    ...options,
    ...{ sessions, credentials, outbox, inbox: inboundMessages(owned, now), events, health, kept, background, metrics },
    ...(tenure !== null && { startsPerSecond: () => shareOfLogins(tenure), late: lateKeepers(store, now, logger) }),
  });
  const onState = statusPublisher({
    publish: (address, state, event) =>
      published.publish(address, { state, incarnation: tenure?.membership.incarnation ?? null }, event),
    ...{ background, metrics, logger, now },
  });
  const supervisor = new Supervisor({
    ...{ sessions, credentials, hasBacklog: outbox.hasBacklog, machine, sendTimeoutMs, onState },
    ...{ health, states: published, logger, delay, audit, nextSeed, now },
  });

  // No login while nothing can be kept, and nobody stays online to confirm what cannot.
  health.onChange((state) => {
    if (state === 'working') return admission.open();
    admission.close();
    supervisor.storeFailed();
  });
  return {
    ...{ supervisor, outbox, recorder, background },
    figures: sessionStats({ store, supervisor, inFlight, delay, now }),
  };
}

/** Of what sessions were told that another node has by now. */
function lateKeepers(store: GatewayStore, now: () => number, logger: Logger) {
  const late = new UnfencedStore(store);
  return { inbox: inboundMessages(late, now), outbox: instrumentedOutbox(outboxOf(late, now), [sendLog(logger)], now) };
}

function shareOfLogins({ membership }: NodeOwnership): number {
  const share = Math.floor(clusterStartsPerSecond / Math.max(1, membership.known.length));
  return Math.max(1, Math.min(nodeStartsPerSecond, share));
}
