import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { type Delay, systemDelay } from '../domain/delay.ts';
import { errorFacts, OperatorError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import { credentials as credentialsOf } from '../store/credentials.ts';
import { type Events, events as eventsOf } from '../store/events.ts';
import type { GatewayStore } from '../store/gateway-store.ts';
import { groupRecords } from '../store/groups.ts';
import { inbox } from '../store/inbox.ts';
import { messages as messagesOf } from '../store/messages.ts';
import { outbox as outboxOf } from '../store/outbox.ts';
import { purge } from '../store/purge.ts';
import { sessions as sessionsOf } from '../store/sessions.ts';
import { Background } from './background.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Groups, groups } from './groups.ts';
import { keptMessages } from './kept-messages.ts';
import { watchQueues } from './queue-watch.ts';
import { type Registry, registry } from './registry.ts';
import { type Sends, sends } from './sends.ts';
import { type SessionPartsOptions, sessionParts } from './session-parts.ts';
import { encodeContent } from './socket/content.ts';
import { statusLog } from './status-log.ts';
import { Supervisor } from './supervisor.ts';

export interface TroupeOptions extends Pick<SessionPartsOptions, 'whatsappUrl' | 'socket' | 'audit'> {
  store: GatewayStore;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a send waits for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  /** Sends that may be queued for one session; see `store/outbox.ts`. */
  maxQueued?: number;
  /** What delays take their time from, and a clock that is never set back; real time unless given. */
  delay?: Delay;
  clock?: Clock;
  /** What the sessions' random back-off begins with; random unless given. */
  nextSeed?: () => number;
}

/** All sessions of this process, over a store, and what the outside may do with them. */
export interface Troupe {
  sessions: Registry;
  sends: Sends;
  groups: Groups;
  events: Events;
  /** Brings every stored session back; those that should run connect as admission lets them. */
  restore(): Promise<void>;
  /**
   * Lets sends in flight finish, closes all sockets, and stores what WhatsApp has told. Rejects, when all is over, with
   * a sentence for the operator if some of it could not be stored.
   */
  drain(): Promise<void>;
}

export function assemble(options: TroupeOptions): Troupe {
  const { store, logger, audit, now, sendTimeoutMs, idempotencyStrict, maxQueued } = options;
  const { delay = systemDelay, clock = systemClock(() => performance.now()) } = options;
  const { nextSeed = () => randomInt(2 ** 31) } = options;
  const { health } = store;
  const sessions = sessionsOf(store);
  const credentials = credentialsOf(store);
  const outbox = outboxOf(store, now, { delay, ...(maxQueued !== undefined && { maxQueued }) });
  const messages = messagesOf(store);
  const events = eventsOf(store);
  const background = new Background();
  const kept = keptMessages({ messages, outbox, encode: encodeContent, now });
  const { machine, recorder, admission } = sessionParts({
    ...options,
    ...{ sessions, credentials, outbox, inbox: inbox(store, now), events, health, kept, background, delay, clock },
  });
  const onState = statusLog({ events, background, logger, now });
  const supervisor = new Supervisor({
    ...{ sessions, credentials, hasBacklog: outbox.hasBacklog, machine, sendTimeoutMs, onState },
    ...{ health, logger, delay, audit, nextSeed, now },
  });
  const endWatch = watchQueues({ outbox, addresses: () => supervisor.addresses(), background, logger, delay, now });

  // No login while nothing can be kept, and nobody stays online to confirm what cannot.
  health.onChange((state) => {
    if (state === 'working') return admission.open();
    admission.close();
    supervisor.storeFailed();
  });

  const sweep = async (address: SessionAddress): Promise<void> => {
    await credentials.wipe(address);
    await purge(store, address);
    await sessions.swept(address);
  };

  /** What a kill has interrupted is finished before anything begins. */
  const sweepDeleted = async (address: SessionAddress): Promise<void> => {
    await sweep(address).catch((error: unknown) => {
      logger.warn({ ...address, ...errorFacts(error) }, 'a deleted session is swept at the next start only');
    });
  };

  return {
    sessions: registry({ sessions, sweep, supervisor, now }),
    sends: sends({ sessions, outbox, messages, supervisor, sendTimeoutMs, idempotencyStrict, now }),
    groups: groups({ sessions, records: groupRecords(store), supervisor, now }),
    events,
    restore: async () => {
      for await (const address of sessions.deleted()) await sweepDeleted(address);
      await supervisor.restore();
    },
    drain: async () => {
      endWatch();
      await supervisor.drain();
      const lost = await recorder.finish();
      if (lost > 0) throw new OperatorError(`${lost} things that WhatsApp told could not be stored and are lost`);
    },
  };
}
