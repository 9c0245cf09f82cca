import { systemClock, systemTimer } from '../domain/clock.ts';
import { errorFacts, OperatorError } from '../domain/errors.ts';
import { noMetrics } from '../domain/metrics.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { GatewayStore } from '../store/gateway-store.ts';
import { credentials as credentialsOf } from '../store/records/credentials.ts';
import { deleteSessionData } from '../store/records/delete-session-data.ts';
import { type Events, events as eventsOf } from '../store/records/event-log.ts';
import { groupRecords } from '../store/records/groups.ts';
import { messages as messagesOf } from '../store/records/messages.ts';
import { type Sessions, sessions as sessionsOf } from '../store/records/sessions.ts';
import { createGroupService, type GroupService } from './api/group-service.ts';
import { instrumentedSends } from './api/instrumented-sends.ts';
import { createSendService, type SendService } from './api/send-service.ts';
import { createSessionService, type SessionService } from './api/session-service.ts';
import { Cluster } from './cluster/cluster.ts';
import { NodeOwnership } from './cluster/membership/node-ownership.ts';
import type { InboundRecorder } from './inbound/inbound-recorder.ts';
import { sweepExpiredQueues } from './outbox/queue-expiry-sweeper.ts';
import { localSessionRouter } from './runtime/local-router.ts';
import { type ActorSystemOptions, createSessionRuntime } from './runtime/session-runtime.ts';
import type { SessionStats } from './runtime/session-stats.ts';

/** All sessions of this process, over a store, and what the outside may do with them. */
export interface ActorSystem {
  sessions: SessionService;
  sends: SendService;
  groups: GroupService;
  events: Events;
  figures: SessionStats;
  /**
   * Brings every stored session back; those that should run connect as admission lets them. Nothing runs before.
   * Rejects when the store does, and with the reason of the signal once it aborts: `drain` and `end` undo what has begun.
   */
  restore(signal: AbortSignal): Promise<void>;
  /**
   * Lets sends in flight finish, closes all sockets, and stores what WhatsApp has told. Rejects, when all is over, with
   * a sentence for the operator if some of it could not be stored.
   */
  drain(): Promise<void>;
  /** To be called when nobody asks any more, after `drain`. */
  end(): Promise<void>;
}

/** How much longer than a send takes a node waits for the answer of another. */
const answerGraceMs = 50_000;

/** Puts everything together; nothing runs before {@link ActorSystem.restore}. */
export function createActorSystem(options: ActorSystemOptions): ActorSystem {
  const { store, logger, now, nodeId, sendTimeoutMs, idempotencyStrict, maxSessionsPerOrganization } = options;
  const { delay = systemTimer, clock = systemClock(() => performance.now()), metrics = noMetrics } = options;
  const tenure = options.nodes === 'many' ? new NodeOwnership({ ...options, delay, clock, random: Math.random }) : null;
  const house = createSessionRuntime({ ...options, delay, clock, tenure });
  const { outbox, supervisor, recorder, background } = house;
  const sessions = sessionsOf(store, {
    ...(maxSessionsPerOrganization !== undefined && { maxPerOrganization: maxSessionsPerOrganization }),
  });
  const messages = messagesOf(store);
  const cluster =
    tenure === null
      ? null
      : new Cluster({
          ...options,
          ...house,
          ownership: tenure,
          sessions,
          delay,
          clock,
          random: Math.random,
          answerTimeoutMs: sendTimeoutMs + answerGraceMs,
        });
  const switchboard = cluster ?? localSessionRouter(supervisor, nodeId);
  const sweep = sweeper(store, sessions, recorder);
  const watched = { addresses: () => supervisor.addresses(), outbox, background, logger, delay, now };
  let endWatch = (): void => undefined;

  /** What a kill has interrupted is finished before anything begins. */
  const sweepDeleted = async (address: SessionAddress): Promise<void> => {
    await sweep(address).catch((error: unknown) => {
      logger.warn({ ...address, ...errorFacts(error) }, 'a deleted session is swept at the next start only');
    });
  };

  return {
    sessions: createSessionService({ sessions, outbox, sweep, switchboard, now }),
    sends: instrumentedSends(
      createSendService({ sessions, outbox, messages, switchboard, sendTimeoutMs, idempotencyStrict, now }),
      metrics,
    ),
    groups: createGroupService({ sessions, records: groupRecords(store), switchboard, now }),
    events: eventsOf(store),
    figures: house.figures,
    restore: async (signal) => {
      signal.throwIfAborted();
      endWatch = sweepExpiredQueues(watched);
      for await (const address of sessions.deleted()) {
        await sweepDeleted(address);
        signal.throwIfAborted();
      }
      await (cluster === null ? supervisor.restore(signal) : cluster.start(signal));
    },
    drain: async () => {
      endWatch();
      await cluster?.drain();
      await supervisor.drain();
      const lost = await recorder.finish();
      if (lost > 0) throw new OperatorError(`${lost} things that WhatsApp told could not be stored and are lost`);
    },
    end: async () => {
      await cluster?.end();
      await background.idle();
    },
  };
}

/** Deletes what is left of a session whose record is deleted. */
function sweeper(
  store: GatewayStore,
  sessions: Sessions,
  recorder: InboundRecorder,
): (address: SessionAddress) => Promise<void> {
  const credentials = credentialsOf(store);
  return async (address) => {
    // What WhatsApp told before the end is stored first, and not behind the sweeping.
    await recorder.recorded(address);
    await credentials.wipe(address);
    await deleteSessionData(store, address, 'rest');
    await sessions.swept(address);
  };
}
