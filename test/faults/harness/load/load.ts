import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { SendResultSchema } from '../../../../src/domain/outbox.ts';
import { to } from '../../../support/gateway/environment.ts';
import type { World } from '../../support/world.ts';
import type { Random } from '../random.ts';
import { type Intent, intend } from './accepted-sends.ts';

/** The HTTP status, and the body; a system error code when there was no answer. */
interface Answered {
  readonly result: number | string;
  readonly body: string;
}

interface Attempt extends Answered {
  readonly method: string;
  /** Milliseconds, as `performance.now` counts. */
  readonly beganAt: number;
}

/**
 * Asks at a steady rate, whatever becomes of earlier requests: three in ten are async sends, two sync ones, the others
 * read. Connections are kept and used again, as by callers of a service.
 */
export class Load {
  readonly attempts: Attempt[] = [];
  readonly intents: Intent[] = [];
  readonly #world: World;
  readonly #sessions: readonly [string, ...string[]];
  readonly #random: Random;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(world: World, sessions: readonly [string, ...string[]], random: Random, perSecond: number) {
    this.#world = world;
    this.#sessions = sessions;
    this.#random = random;
    this.#timer = setInterval(() => this.#askOne(), 1_000 / perSecond);
  }

  /** The async sends that were accepted, in that order: outbox ids sort by it. */
  queued(): Intent[] {
    return this.intents
      .filter(({ outboxId }) => outboxId !== undefined)
      .sort(({ outboxId: one = '' }, { outboxId: other = '' }) => (one < other ? -1 : 1));
  }

  /** Stops asking, and resolves once all answers are there. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  #askOne(): void {
    const session = this.#random.pick(this.#sessions);
    const chance = this.#random.next();
    const running = chance < 0.5 ? this.#send(session, chance < 0.3) : this.#read(session);
    this.#running.add(running);
    running.finally(() => this.#running.delete(running)).catch(() => undefined);
  }

  async #send(session: string, isAsync: boolean): Promise<void> {
    const intent = intend(session, `${session} at ${performance.now()}`);
    this.intents.push(intent);
    const path = `/sessions/${session}/messages${isAsync ? '?async=true' : ''}`;
    const { result, body } = await this.#ask('POST', path, { to, type: 'text', text: intent.text });
    if (result === 202) intent.outboxId = v.parse(SendResultSchema, JSON.parse(body)).outboxId;
    intent.outcome = outcomeOf(result);
  }

  async #read(session: string): Promise<void> {
    await this.#ask('GET', `/sessions/${session}`);
  }

  async #ask(method: string, path: string, sent?: object): Promise<Answered> {
    const beganAt = performance.now();
    const headers = { authorization: `Bearer ${this.#world.client.token}`, 'content-type': 'application/json' };
    const { promise, resolve } = Promise.withResolvers<Answered>();
    const options = { method, agent: this.#agent, headers };
    const asking = request(`${this.#world.url}/api/v1${path}`, options, (response) => {
      text(response).then(
        (body) => resolve({ result: response.statusCode ?? 0, body }),
        () => resolve({ result: 'cut off', body: '' }),
      );
    });
    asking.once('error', (error) =>
      resolve({ result: 'code' in error ? String(error.code) : error.message, body: '' }),
    );
    asking.end(sent === undefined ? undefined : JSON.stringify(sent));
    const answered = await promise;
    this.attempts.push({ method, beganAt, ...answered });
    return answered;
  }
}

/** A timeout says that nobody knows what became of the send; every other refusal comes before it. */
function outcomeOf(result: number | string): Intent['outcome'] {
  if (typeof result === 'string' || result === 504) return 'unknown';
  return result < 300 ? 'accepted' : 'refused';
}
