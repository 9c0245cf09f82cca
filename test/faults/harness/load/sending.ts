import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../../support/eventually.ts';
import type { Client } from '../../../support/gateway/client.ts';
import { to } from '../../../support/gateway/environment.ts';
import { type Intent, intend, sendAsync } from './accepted-sends.ts';

const betweenSendsMs = 30;

/** How many sends of each kind there are before something is done to them. */
const some = 5;

interface SendingOptions {
  readonly sessions: readonly string[];
  /** Asked in turns. */
  readonly clients: readonly [Client, ...Client[]];
}

/**
 * Each session sends one message after the other: in turns an async one, which is asked for under a key until it is
 * accepted, and a sync one, which is asked for once.
 */
export class Sending {
  readonly intents: Intent[] = [];
  readonly #options: SendingOptions;
  readonly #sending: Promise<unknown>;
  #state: 'going on' | 'ending' = 'going on';

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#sending = Promise.all(options.sessions.map((session, index) => this.#sendAll(session, index)));
  }

  /** Resolves when each session has sent something. */
  async untilSome(): Promise<void> {
    await eventually(() => {
      for (const session of this.#options.sessions) {
        const sent = this.intents.filter((intent) => intent.session === session && intent.outcome === 'accepted');
        assert(sent.length >= 2 * some);
      }
    }, 30_000);
  }

  /** Asks for no more; resolves when everything is answered. */
  async end(): Promise<void> {
    this.#state = 'ending';
    await this.#sending;
  }

  /** Those of which somebody was told that they were not sent. */
  refused(): Intent[] {
    return this.intents.filter(({ outcome }) => outcome === 'refused');
  }

  async #sendAll(session: string, index: number): Promise<void> {
    const { clients } = this.#options;
    for (let number = 0; this.#state === 'going on'; number += 1) {
      const client = clients[number % clients.length] ?? clients[0];
      const intent = intend(session, `session ${index} send ${number}`);
      this.intents.push(intent);
      if (number % 2 === 0) await sendAsync({ client }, intent, `${session}-${number}`);
      else await sendSync(client, intent);
      await pause(betweenSendsMs);
    }
  }
}

/** A timeout says that nobody knows what became of the send. */
async function sendSync(client: Client, intent: Intent): Promise<void> {
  intent.outcome = 'unknown';
  const answer = await client.sendText(intent.session, to, intent.text).catch(() => null);
  if (answer === null || answer.status === 504) return;
  intent.outcome = answer.status < 300 ? 'accepted' : 'refused';
}
