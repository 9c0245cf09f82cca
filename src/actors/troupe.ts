import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { type Delay, systemDelay } from '../domain/delay.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { Store } from '../store/contract.ts';
import { credentials as credentialsOf } from '../store/credentials.ts';
import { type Events, events as eventsOf } from '../store/events.ts';
import { groupRecords } from '../store/groups.ts';
import { inbox } from '../store/inbox.ts';
import { messages as messagesOf } from '../store/messages.ts';
import { outbox as outboxOf } from '../store/outbox.ts';
import { purge } from '../store/purge.ts';
import { sessions as sessionsOf } from '../store/sessions.ts';
import { Admission } from './admission.ts';
import { Background } from './background.ts';
import { type Groups, groups } from './groups.ts';
import { keptMessages } from './kept-messages.ts';
import { watchQueues } from './queue-watch.ts';
import { Recorder } from './recorder.ts';
import { type Registry, registry } from './registry.ts';
import { type Sends, sends } from './sends.ts';
import { deliveryEffects } from './session/delivery-effects.ts';
import { lifecycleEffects } from './session/lifecycle-effects.ts';
import { sessionMachine } from './session/machine.ts';
import { baileysSocket } from './socket/actor.ts';
import { encodeContent } from './socket/content.ts';
import { statusLog } from './status-log.ts';
import { Supervisor } from './supervisor.ts';

export interface TroupeOptions {
  store: Store;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a send waits for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  /** Another server than WhatsApp's own. */
  whatsappUrl?: string;
  /** Sends that may be queued for one session; see `store/outbox.ts`. */
  maxQueued?: number;
  /** What delays take their time from; real time unless given. */
  delay?: Delay;
  /** Another connection than Baileys', behind the same port. */
  socket?: ReturnType<typeof baileysSocket>;
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
  /** Lets sends in flight finish, closes all sockets, and stores what WhatsApp has told. */
  drain(): Promise<void>;
}

export function assemble(options: TroupeOptions): Troupe {
  const { store, logger, now, sendTimeoutMs, idempotencyStrict, whatsappUrl, maxQueued } = options;
  const { delay = systemDelay, nextSeed = () => randomInt(2 ** 31) } = options;
  const sessions = sessionsOf(store);
  const credentials = credentialsOf(store);
  const outbox = outboxOf(store, now, { delay, ...(maxQueued !== undefined && { maxQueued }) });
  const messages = messagesOf(store);
  const events = eventsOf(store);

  const kept = keptMessages({ messages, outbox, encode: encodeContent, now });

  const sweep = async (address: SessionAddress): Promise<void> => {
    await credentials.wipe(address);
    await purge(store, address);
    await sessions.swept(address);
  };

  const background = new Background();
  const recorder = new Recorder({ sessions, outbox, inbox: inbox(store, now), events, background, logger, delay, now });
  const socketDeps = {
    credentials,
    findMessage: kept.find,
    findForRetry: kept.findForRetry,
    logger,
    now,
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  };
  const machine = sessionMachine.provide({
    actors: {
      ...lifecycleEffects({ sessions, credentials, outbox, now }),
      ...deliveryEffects({
        sessions,
        outbox,
        recorded: (address) => recorder.recorded(address),
        encode: encodeContent,
        promised: new Map(),
        now,
      }),
      admission: new Admission().actor,
      socket: options.socket ?? baileysSocket(socketDeps),
      recorder: recorder.actor,
    },
  });
  const onState = statusLog({ events, background, logger, now });
  const supervisor = new Supervisor({
    sessions,
    credentials,
    machine,
    sendTimeoutMs,
    onState,
    logger,
    delay,
    nextSeed,
    now,
  });

  const addresses = () => supervisor.addresses();
  const endWatch = watchQueues({ outbox, addresses, background, logger, delay, now });

  return {
    sessions: registry({ sessions, sweep, supervisor, now }),
    sends: sends({ sessions, outbox, messages, supervisor, sendTimeoutMs, idempotencyStrict, now }),
    groups: groups({ sessions, records: groupRecords(store), supervisor, now }),
    events,
    restore: async () => {
      // What a kill has interrupted is finished before anything begins.
      for await (const address of sessions.deleted()) await sweep(address);
      await supervisor.restore();
    },
    drain: async () => {
      endWatch();
      await supervisor.drain();
      await background.idle();
    },
  };
}
