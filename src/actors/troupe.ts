import type { Logger } from 'pino';
import { assign } from 'xstate';
import { errorFacts, OperatorError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import { credentials as credentialsOf } from '../store/credentials.ts';
import { type Events, events as eventsOf } from '../store/events.ts';
import { groupRecords } from '../store/groups.ts';
import { inbox } from '../store/inbox.ts';
import { messages as messagesOf } from '../store/messages.ts';
import { outbox as outboxOf } from '../store/outbox.ts';
import { purge } from '../store/purge.ts';
import type { SealedStore } from '../store/seal/sealed-store.ts';
import { sessions as sessionsOf } from '../store/sessions.ts';
import { Admission } from './admission.ts';
import { Background } from './background.ts';
import { ClientCircuit } from './client-circuit.ts';
import { systemClock } from './clock.ts';
import { type Groups, groups } from './groups.ts';
import { keptMessages } from './kept-messages.ts';
import { Recorder } from './recorder.ts';
import { type Registry, registry } from './registry.ts';
import { type Sends, sends } from './sends.ts';
import { deliveryEffects } from './session/delivery-effects.ts';
import { lifecycleEffects } from './session/lifecycle-effects.ts';
import { sessionMachine } from './session/machine.ts';
import { freshHead } from './session/queue-expiry.ts';
import { baileysSocket } from './socket/actor.ts';
import { encodeContent } from './socket/content.ts';
import { statusLog } from './status-log.ts';
import { Supervisor } from './supervisor.ts';

export interface TroupeOptions {
  store: SealedStore;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a send waits for WhatsApp's acknowledgement. */
  sendTimeoutMs: number;
  idempotencyStrict: boolean;
  /** Another server than WhatsApp's own. */
  whatsappUrl?: string;
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

/** How often queues are looked through for sends that have waited too long. */
const expiryIntervalMs = 60_000;

export function assemble(options: TroupeOptions): Troupe {
  const { store, logger, now, sendTimeoutMs, idempotencyStrict, whatsappUrl } = options;
  const sessions = sessionsOf(store);
  const credentials = credentialsOf(store);
  const outbox = outboxOf(store, now);
  const messages = messagesOf(store);
  const events = eventsOf(store);

  const kept = keptMessages({ messages, outbox, encode: encodeContent, now });

  const sweep = async (address: SessionAddress): Promise<void> => {
    await credentials.wipe(address);
    await purge(store, address);
    await sessions.swept(address);
  };

  const background = new Background();
  const recorder = new Recorder({
    ...{ sessions, outbox, inbox: inbox(store, now), events, background, logger, now },
    health: store.health,
  });
  const clock = systemClock(() => performance.now());
  const socketDeps = {
    ...{ credentials, findMessage: kept.find, findForRetry: kept.findForRetry, logger, now, clock },
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  };
  const circuit = new ClientCircuit(systemClock(now), logger);
  const admission = new Admission({ clock, admits: (session) => circuit.admits(session) });
  circuit.onOpen = () => admission.review();
  const machine = sessionMachine.provide({
    actions: { readClock: assign(() => ({ now: now() })) },
    actors: {
      ...lifecycleEffects({ sessions, credentials, outbox, circuit, now }),
      ...deliveryEffects({
        ...{ sessions, outbox, encode: encodeContent, promised: new Map(), now },
        recorded: (address) => recorder.recorded(address),
      }),
      admission: admission.actor,
      circuit: circuit.actor,
      socket: baileysSocket(socketDeps),
      recorder: recorder.actor,
    },
  });
  const onState = statusLog({ events, background, logger, now });
  const hasBacklog = async (address: SessionAddress): Promise<boolean> =>
    ((await outbox.inFlight(address)) ?? (await outbox.head(address))) !== null;
  const supervisor = new Supervisor({
    ...{ sessions, credentials, hasBacklog, machine, sendTimeoutMs, onState, logger, now },
  });

  // No login while nothing can be kept, and nobody stays online to confirm what cannot.
  store.health.onChange((state) => {
    if (state === 'working') return admission.open();
    admission.close();
    supervisor.storeFailed();
  });

  /** For sessions that never come back: the others see to their queues themselves. */
  const expiry = setInterval(() => {
    for (const address of supervisor.addresses()) {
      background.run(
        freshHead(outbox, address, now()).then(() => undefined),
        (error) => logger.warn({ ...address, ...errorFacts(error) }, 'a queue could not be looked through'),
      );
    }
  }, expiryIntervalMs).unref();

  return {
    sessions: registry({ sessions, health: store.health, sweep, supervisor, now }),
    sends: sends({
      sessions,
      health: store.health,
      outbox,
      messages,
      supervisor,
      sendTimeoutMs,
      idempotencyStrict,
      now,
    }),
    groups: groups({ sessions, health: store.health, records: groupRecords(store), supervisor, now }),
    events,
    restore: async () => {
      // What a kill has interrupted is finished before anything begins.
      for await (const address of sessions.deleted()) {
        await sweep(address).catch((error: unknown) => {
          logger.warn({ ...address, ...errorFacts(error) }, 'a deleted session is swept at the next start only');
        });
      }
      await supervisor.restore();
    },
    drain: async () => {
      clearInterval(expiry);
      await supervisor.drain();
      const lost = await recorder.finish();
      if (lost > 0) throw new OperatorError(`${lost} things that WhatsApp told could not be stored and are lost`);
    },
  };
}
