import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { assign } from 'xstate';
import type { Clock, ScheduleTimer } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { StoreHealth } from '../../store/gateway-store.ts';
import { isUnavailable } from '../../store/layers/health-checked-store.ts';
import type { Credentials } from '../../store/records/credentials.ts';
import type { Events } from '../../store/records/event-log.ts';
import type { InboundMessages } from '../../store/records/inbound-messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import type { AuditLog } from '../audit-log.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import { InboundRecorder, type InboundRecorderDeps } from '../inbound/inbound-recorder.ts';
import type { MessageLookup } from '../inbound/message-lookup.ts';
import { ClientVersionBreaker } from '../login/client-version-breaker.ts';
import { LoginLimiter } from '../login/login-limiter.ts';
import { deliveryEffects } from '../session/effects/delivery-effects.ts';
import { lifecycleEffects } from '../session/effects/lifecycle-effects.ts';
import { sessionMachine } from '../session/machine.ts';
import { baileysSocket } from '../socket/actor.ts';
import { encodeContent } from '../socket/content.ts';

/** Sessions whose next token is kept for a synchronous send that was refused. */
const maxPromises = 10_000;

export interface SessionMachineOptions extends Pick<InboundRecorderDeps, 'late'> {
  sessions: Sessions;
  credentials: Credentials;
  outbox: Outbox;
  inbox: InboundMessages;
  events: Events;
  health: StoreHealth;
  kept: MessageLookup;
  background: BackgroundTasks;
  metrics: Metrics;
  logger: Logger;
  audit: AuditLog;
  delay: ScheduleTimer;
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
export interface ProvidedSessionMachine {
  machine: typeof sessionMachine;
  recorder: InboundRecorder;
  admission: LoginLimiter;
}

export function provideSessionMachine(options: SessionMachineOptions): ProvidedSessionMachine {
  const { sessions, credentials, outbox, logger, clock, now } = options;
  const { audit, metrics } = options;
  const recorder = new InboundRecorder(options);
  const circuit = new ClientVersionBreaker({ now, after: clock.after }, logger);
  const { startsPerSecond } = options;
  const admission = new LoginLimiter({
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
      ...lifecycleEffects({ sessions, credentials, outbox, breaker: circuit, audit, report, now }),
      ...deliveryEffects({
        ...{ sessions, outbox, encode: encodeContent, report, metrics, now },
        reservations: new LRUCache({ max: maxPromises }),
        recorded: (address) => recorder.recorded(address),
      }),
      login: admission.actor,
      breaker: circuit.actor,
      socket: options.socket ?? socketOf(options),
      recorder: recorder.actor,
    },
  });
  return { machine, recorder, admission };
}

function socketOf({ credentials, kept, metrics, logger, now, clock, whatsappUrl }: SessionMachineOptions) {
  return baileysSocket({
    ...{ credentials, findMessage: kept.find, findForRetry: kept.findForRetry, metrics, logger, now, clock },
    ...(whatsappUrl !== undefined && { whatsappUrl }),
  });
}
