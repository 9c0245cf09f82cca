import type { Logger } from 'pino';
import { fromCallback } from 'xstate';
import type { Delay } from '../domain/delay.ts';
import { errorFacts } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { Events } from '../store/events.ts';
import type { Inbox } from '../store/inbox.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Sessions } from '../store/sessions.ts';
import type { Background } from './background.ts';
import type { SessionEvent } from './session/context.ts';
import type { RecordableFact } from './socket/port.ts';

/** How often, and how many times, a fact that could not be stored is tried again. */
const retryMs = 1_000;
const maxRetries = 60;

export interface RecorderDeps {
  sessions: Pick<Sessions, 'find'>;
  outbox: Pick<Outbox, 'receive'>;
  inbox: Inbox;
  events: Pick<Events, 'publish'>;
  background: Background;
  logger: Logger;
  delay: Delay;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Stores what WhatsApp tells the sessions, for each session in order. When the store fails, the session is told, so
 * that it goes offline rather than confirm to WhatsApp what cannot be kept; what was told already is tried again.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  /** The newest fact of each session that is being stored; it waits for those before it. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /** For the actor slot of the session machine. */
  readonly actor = fromCallback<RecordableFact, SessionAddress>(({ sendBack, receive, input }) => {
    const tell = (event: SessionEvent): void => sendBack(event);
    receive((fact) => {
      const storing = this.recorded(input).then(() => this.#recordUntilStored(input, fact, tell));
      this.#note(input.session, storing);
      this.#deps.background.run(storing, (error) => this.#deps.logger.error(errorFacts(error), 'the recorder failed'));
    });
  });

  /** Resolves when what a session was told so far is stored, or was given up. */
  recorded({ session }: SessionAddress): Promise<void> {
    return this.#last.get(session) ?? Promise.resolve();
  }

  #note(session: string, storing: Promise<void>): void {
    const over = (): void => {
      if (this.#last.get(session) === last) this.#last.delete(session);
    };
    const last = storing.then(over, over);
    this.#last.set(session, last);
  }

  async #recordUntilStored(
    address: SessionAddress,
    fact: RecordableFact,
    tell: (event: SessionEvent) => void,
  ): Promise<void> {
    for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
      try {
        await this.#record(address, fact, tell);
        return;
      } catch (error) {
        this.#deps.logger.error({ ...address, fact: fact.type, ...errorFacts(error) }, 'a fact could not be stored');
        tell({ type: 'store.failed' });
        await new Promise<void>((resolve) => this.#deps.delay(retryMs, resolve));
      }
    }
  }

  async #record(address: SessionAddress, fact: RecordableFact, tell: (event: SessionEvent) => void): Promise<void> {
    const { outbox, inbox, events, now } = this.#deps;
    const publish = (event: 'auth.qr' | 'auth.code' | 'poll.vote', payload: Record<string, unknown>) =>
      events.publish(address.organization, { event, session: address.session, timestamp: now(), payload });
    switch (fact.type) {
      case 'socket.qr':
        return publish('auth.qr', { code: fact.code, expiresAt: fact.expiresAt });
      case 'socket.pairingCode':
        return publish('auth.code', { code: fact.code, expiresAt: fact.expiresAt });
      case 'socket.voted': {
        const { poll, chat, voter, options, timestamp } = fact;
        return publish('poll.vote', { waMessageId: poll, chatJid: chat, voterJid: voter, options, timestamp });
      }
      case 'socket.receipt':
        for (const receipt of fact.receipts) await outbox.receive(address, receipt);
        return;
      case 'socket.group':
        return inbox.see(address, fact.group);
      case 'socket.received':
        return this.#receive(address, fact, tell);
    }
  }

  async #receive(
    address: SessionAddress,
    { message }: Extract<RecordableFact, { type: 'socket.received' }>,
    tell: (event: SessionEvent) => void,
  ): Promise<void> {
    const isNew = await this.#deps.inbox.receive(address, message);
    if (!isNew || message.fromMe) return;
    const record = await this.#deps.sessions.find(address);
    const { id, chat, sender } = message;
    if (record?.settings.autoRead === true) tell({ type: 'recorder.unread', message: { id, chat, sender } });
  }
}
