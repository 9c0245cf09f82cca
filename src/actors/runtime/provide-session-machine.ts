import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { assign } from 'xstate';
import type { Clock, Delay } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { Metrics } from '../../domain/metrics.ts';
import { isUnavailable, type StoreHealth } from '../../store/layers/health-checked-store.ts';
import type { Credentials } from '../../store/records/credentials.ts';
import type { Events } from '../../store/records/event-log.ts';
import type { Inbox } from '../../store/records/inbound-messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import type { Audit } from '../audit-log.ts';
import type { Background } from '../background-tasks.ts';
import { Recorder, type RecorderDeps } from '../inbound/inbound-recorder.ts';
import type { KeptMessages } from '../inbound/message-lookup.ts';
import { ClientCircuit } from '../login/client-version-breaker.ts';
import { Admission } from '../login/login-limiter.ts';
import { deliveryEffects } from '../session/effects/delivery-effects.ts';
import { lifecycleEffects } from '../session/effects/lifecycle-effects.ts';
import { sessionMachine } from '../session/machine.ts';
import { baileysSocket } from '../socket/actor.ts';
import { encodeContent } from '../socket/content.ts';

/** Sessions whose next token is kept for a synchronous send that was refused. */
const maxPromises = 10_000;

export interface SessionPartsOptions extends Pick<RecorderDeps, 'late'> {
  sessions: Sessions;
  credentials: Credentials;
  outbox: Outbox;
  inbox: Inbox;
  events: Events;
  health: StoreHealth;
  kept: KeptMessages;
  background: Background;
  metrics: Metrics;
  logger: Logger;
  audit: Audit;
  delay: Delay;
  /** Never set back. */
  clock: Clock;
  /** Epoch milliseconds. */
  now: () => number;
  /** Another server than WhatsApp's own. */
  whatsappUrl?: string;
  /** Logins that may begin in a second; see `Admission`. */
  startsPerSecond?: () => number;
  /** Another connection than Baileys', behind the same port. */
  socket?: ReturnType<typeof baileysSocket>;
}

/** The session machine with its actors, and those of them that serve all sessions of the process. */
export interface SessionParts {
  machine: typeof sessionMachine;
  recorder: Recorder;
  admission: Admission;
}

export function sessionParts(options: SessionPartsOptions): SessionParts {
  const { sessions, credentials, outbox, logger, clock, now } = options;
  const { audit, metrics } = options;
  const recorder = new Recorder(options);
  const circuit = new ClientCircuit({ now, after: clock.after }, logger);
  const { startsPerSecond } = options;
  const admission = new Admission({
    clock,
    admits: (session) => circuit.admits(session),
    ...(startsPerSecond !== undefined && { startsPerSecond }),
    onAdmitted: (session, waitedMs) =>
      logger.info({ session, durationMs: Math.round(waitedMs) }, 'session admitted to log in'),
  });
  circuit.onOpen = () => admission.review();
  // An outage of the store is told once for all sessions.
  const report = (effect: string, error: unknown): void => {
    if (!isUnavailable(error)) logger.error({ effect, ...errorFacts(error) }, 'an effect of a session failed');
  };
  const machine = sessionMachine.provide({
    actions: { readClock: assign(() => ({ now: now() })) },
    actors: {
      ...lifecycleEffects({ sessions, credentials, outbox, circuit, audit, report, now }),
      ...deliveryEffects({
        ...{ sessions, outbox, encode: encodeContent, report, metrics, now },
        promised: new LRUCache({ max: maxPromises }),
        recorded: (address) => recorder.recorded(address),
      }),
      admission: admission.actor,
      circuit: circuit.actor,
      socket: options.socket ?? socketOf(options),
      recorder: recorder.actor,
    },
  });
  return { machine, recorder, admission };
}

function socketOf({ credentials, kept, metrics, logger, now, clock, whatsappUrl }: SessionPartsOptions) {
  return baileysSocket({
    ...{ credentials, findMessage: kept.find, findForRetry: kept.findForRetry, metrics, logger, now, clock },
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  });
}
