import type { Logger } from 'pino';
import { fromCallback } from 'xstate';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import { displayedCode } from '../../domain/passkey.ts';
import { KeyedSerialQueue } from '../../domain/serial-queue.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { StoreHealth } from '../../store/gateway-store.ts';
import { isMoved } from '../../store/layers/fenced-store.ts';
import { isUnavailable } from '../../store/layers/health-checked-store.ts';
import type { Events } from '../../store/records/event-log.ts';
import type { InboundMessages } from '../../store/records/messages/inbound-messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { SessionEvent } from '../session/context.ts';
import type { InboundEvent } from '../socket/port.ts';
import { InboundBacklog } from './inbound-backlog.ts';

/** The interval and number of retries for an event that a working store refuses. */
const retryMs = 1_000;
const maxRetries = 60;

/**
 * Events of one session that may wait to be stored. Their messages are acknowledged and must not be dropped, so beyond
 * this the connection ends. Enough for what a number receives at once after days offline.
 */
const defaultMaxWaiting = 10_000;

/** The records of what arrives from WhatsApp. */
export interface InboundRecords {
  outbox: Pick<Outbox, 'receive'>;
  inbox: InboundMessages;
}

export interface InboundRecorderDeps extends InboundRecords {
  sessions: Pick<Sessions, 'find' | 'restrict'>;
  /** The same for a session that another node owns by now; null without other nodes. */
  unfenced?: InboundRecords | null;
  events: Pick<Events, 'publish'>;
  health: Pick<StoreHealth, 'state'>;
  background: BackgroundTasks;
  logger: Logger;
  delay: ScheduleTimer;
  /** Facts of one session that may wait to be stored. */
  maxWaiting?: number;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Stores what arrives for the sessions, in order for each session. When the store fails, or is too slow, the session goes
 * offline rather than acknowledge to WhatsApp what cannot be stored. What arrived before is acknowledged already, so it is
 * kept until it is stored.
 */
export class InboundRecorder {
  readonly #deps: InboundRecorderDeps;
  /** Facts of one session are stored one after another. */
  readonly #queue = new KeyedSerialQueue();
  readonly #backlog = new InboundBacklog();
  readonly #ending = new AbortController();
  #lost = 0;

  constructor(deps: InboundRecorderDeps) {
    this.#deps = deps;
  }

  /** For the actor slot of the session machine. */
  readonly actor = fromCallback<InboundEvent, SessionAddress>(({ sendBack, receive, input }) => {
    const tell = (event: SessionEvent): void => sendBack(event);
    receive((fact) => {
      const news = this.#backlog.add(input, fact);
      if (news === null) return;
      this.#checkBacklog(input, tell);
      const storing = this.#queue.run(input.session, () =>
        this.#recordUntilStored(input, news, tell).finally(() => this.#backlog.remove(input, news)),
      );
      this.#deps.background.run(storing, (error) =>
        this.#deps.logger.error(errorFacts(error), 'inbound recorder failed'),
      );
    });
  });

  /** Resolves when what has arrived for a session so far is stored or given up. */
  recorded({ session }: SessionAddress): Promise<void> {
    return this.#queue.settled(session);
  }

  /** WhatsApp keeps what is not confirmed, and delivers it to the next connection. */
  #checkBacklog(address: SessionAddress, tell: (event: SessionEvent) => void): void {
    const { maxWaiting = defaultMaxWaiting, logger } = this.#deps;
    const size = this.#backlog.sizeOf(address);
    if (size === maxWaiting + 1) {
      logger.error(address, 'too many inbound events wait to be stored: the session goes offline');
    }
    if (size > maxWaiting) tell({ type: 'store.failed' });
  }

  /** Stops retrying: what cannot be stored from now on is lost. Yields how many events were lost, once all have ended. */
  async finish(): Promise<number> {
    this.#ending.abort();
    await this.#deps.background.idle();
    return this.#lost;
  }

  async #recordUntilStored(
    address: SessionAddress,
    fact: InboundEvent,
    tell: (event: SessionEvent) => void,
  ): Promise<void> {
    for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
      const failure = await this.#attempt(address, fact, tell);
      if (failure === null) return;
      const { error } = failure;
      // Another node owns the session.
      if (isMoved(error)) return;
      if (attempt === 0) {
        const facts = { ...address, fact: fact.type, ...errorFacts(error) };
        this.#deps.logger.error(facts, 'inbound event could not be stored');
      }
      if (!isUnavailable(error)) return;
      if (attempt === 0) tell({ type: 'store.failed' });
      if (isPerishable(fact)) return;
      if (this.#ending.signal.aborted) break;
      await this.#untilWorthTrying();
    }
    this.#lost += 1;
    this.#deps.logger.error(
      { ...address, fact: fact.type },
      'inbound event lost: acknowledged to WhatsApp but never stored',
    );
  }

  /** Why inbound event could not be stored; null when it was. */
  async #attempt(
    address: SessionAddress,
    fact: InboundEvent,
    tell: (event: SessionEvent) => void,
  ): Promise<{ error: unknown } | null> {
    try {
      await this.#record(address, fact, tell).catch((error: unknown) => this.#recordUnfenced(address, fact, error));
      return null;
    } catch (error) {
      return { error };
    }
  }

  /** No other node gets what a node acknowledged before it lost the session, so it is stored all the same. */
  async #recordUnfenced(address: SessionAddress, fact: InboundEvent, error: unknown): Promise<void> {
    const { unfenced = null } = this.#deps;
    if (unfenced === null || !isMoved(error) || !isLasting(fact)) throw error;
    if (fact.type === 'socket.received') await unfenced.inbox.receive(address, fact.message, fact.journal);
    else for (const receipt of fact.receipts) await unfenced.outbox.receive(address, receipt);
  }

  /** Waits between retries, and as long as the store fails; not at all during the shutdown. */
  async #untilWorthTrying(): Promise<void> {
    const { signal } = this.#ending;
    do await sleep(this.#deps.delay, retryMs, signal);
    while (this.#deps.health.state === 'failing' && !signal.aborted);
  }

  async #record(address: SessionAddress, fact: InboundEvent, tell: (event: SessionEvent) => void): Promise<void> {
    const { outbox, inbox, events, now } = this.#deps;
    const publish = (event: PublishedEvent, payload: Record<string, unknown>) =>
      events.publish(address.organization, { event, session: address.session, timestamp: now(), payload });
    switch (fact.type) {
      case 'socket.qr':
        return publish('auth.qr', { code: fact.code, expiresAt: fact.expiresAt });
      case 'socket.pairingCode':
        return publish('auth.code', { code: fact.code, expiresAt: fact.expiresAt });
      case 'socket.restricted':
        await this.#deps.sessions.restrict(address, fact, now());
        return tell({ type: 'outbox.review' });
      case 'socket.passkey': {
        const { options: publicKey, expiresAt } = fact;
        return publish('auth.passkey', { stage: 'assertion', publicKey, code: null, expiresAt });
      }
      case 'socket.passkeyCode': {
        const { code, expiresAt } = fact;
        return publish('auth.passkey', {
          stage: 'confirmation',
          publicKey: null,
          code: displayedCode(code),
          expiresAt,
        });
      }
      case 'socket.voted':
        return inbox.vote(address, fact, fact.journal);
      case 'socket.contact':
        return inbox.meet(address, fact.contact);
      case 'socket.receipt':
        for (const receipt of fact.receipts) await outbox.receive(address, receipt);
        return;
      case 'socket.timer':
        return inbox.seeTimer(address, fact);
      case 'socket.group':
        return inbox.see(address, fact.group);
      case 'socket.groupLeft':
        return inbox.leave(address, fact.groupJid);
      case 'socket.groupList':
        return inbox.seeAll(address, fact.groups);
      case 'socket.received':
        return this.#receive(address, fact, tell);
    }
  }

  async #receive(
    address: SessionAddress,
    { message, journal }: Extract<InboundEvent, { type: 'socket.received' }>,
    tell: (event: SessionEvent) => void,
  ): Promise<void> {
    const isNew = await this.#deps.inbox.receive(address, message, journal);
    // Who has written may be written to.
    if (isNew) tell({ type: 'outbox.review' });
    if (!isNew || message.fromMe) return;
    const record = await this.#deps.sessions.find(address);
    const { id, chat, sender } = message;
    if (record?.settings.autoRead === true) tell({ type: 'recorder.unread', message: { id, chat, sender } });
  }
}

/** Events of facts that are not stored otherwise. */
type PublishedEvent = 'auth.qr' | 'auth.code' | 'auth.passkey';

/** Messages and receipts hold whichever node owns the session; of a group the new owner may have a newer state. */
function isLasting(fact: InboundEvent): fact is Extract<InboundEvent, { type: 'socket.received' | 'socket.receipt' }> {
  return fact.type === 'socket.received' || fact.type === 'socket.receipt';
}

/** Codes for linking end with the connection that showed them. */
function isPerishable({ type }: InboundEvent): boolean {
  return (
    type === 'socket.qr' || type === 'socket.pairingCode' || type === 'socket.passkey' || type === 'socket.passkeyCode'
  );
}
