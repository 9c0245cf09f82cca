import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { SendResultSchema } from '../../../../src/domain/outbox.ts';
import type { BalancedCluster, ProcessNode } from '../../support/cluster.ts';
import type { Random } from '../random.ts';
import { type Intent, intend } from './accepted-sends.ts';

type AskKind = 'async' | 'sync' | 'read';

/** One request, and what came of it. */
export interface LoadRequest {
  readonly kind: AskKind;
  readonly node: string;
  /** Of a send. */
  readonly intent: Intent | null;
  /** The HTTP status; a system error code when there was no answer. */
  readonly result: number | string;
  readonly retryAfter: string | undefined;
  readonly body: string;
  /** Milliseconds, as `performance.now` counts. */
  readonly beganAt: number;
  readonly tookMs: number;
}

interface ClusterLoadOptions {
  readonly world: Pick<BalancedCluster, 'client'>;
  readonly sessions: readonly [string, ...string[]];
  readonly random: Random;
  /** Requests in a second, of each kind. */
  readonly rates: Readonly<Record<AskKind, number>>;
  /** Whom to ask next. */
  readonly next: () => ProcessNode;
}

interface Question {
  readonly kind: AskKind;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly intent: Intent | null;
  /** Of the send: it is used for this one only. */
  readonly key: string;
}

const tries = 3;

/**
 * Asks several nodes at a steady rate, whatever becomes of earlier requests. A node that refuses the connection has not
 * got the request, so the next one is asked; nothing else is asked again.
 */
export class ClusterLoad {
  readonly requests: LoadRequest[] = [];
  readonly intents: Intent[] = [];
  readonly #options: ClusterLoadOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #beganAt = performance.now();
  #count = 0;

  constructor(options: ClusterLoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#catchUp(), 5);
  }

  /** Stops asking, and resolves once all answers are there. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  /** Asks as many as are due by now, but no burst after a pause of our own. */
  #catchUp(): void {
    const { async, sync, read } = this.#options.rates;
    const due = Math.floor(((performance.now() - this.#beganAt) / 1_000) * (async + sync + read));
    for (let asked = 0; this.#count < due && asked < 10; asked += 1) {
      this.#count += 1;
      this.#begin(this.#question());
    }
    this.#count = due;
  }

  #question(): Question {
    const { rates, random, sessions } = this.#options;
    const chance = random.next() * (rates.async + rates.sync + rates.read);
    const session = random.pick(sessions);
    if (chance >= rates.async + rates.sync) {
      return { kind: 'read', method: 'GET', path: `/sessions/${session}`, intent: null, key: '' };
    }
    const kind = chance < rates.async ? 'async' : 'sync';
    const intent = intend(session, `${kind} ${this.#count} of ${session}`);
    this.intents.push(intent);
    const path = `/sessions/${session}/messages${kind === 'async' ? '?async=true' : ''}`;
    return { kind, method: 'POST', path, intent, key: `${this.#beganAt}-${this.#count}` };
  }

  #begin(question: Question): void {
    const running = this.#ask(question);
    this.#running.add(running);
    running.finally(() => this.#running.delete(running)).catch(() => undefined);
  }

  async #ask(question: Question): Promise<void> {
    const beganAt = performance.now();
    const { kind, intent } = question;
    for (let attempt = 1; ; attempt += 1) {
      const node = this.#options.next();
      const answered = await this.#tryAt(node, question);
      if (answered.result === 'ECONNREFUSED' && attempt < tries) continue;
      this.requests.push({ kind, node: node.name, intent, ...answered, beganAt, tookMs: performance.now() - beganAt });
      if (intent !== null) note(intent, answered);
      return;
    }
  }

  #tryAt(node: ProcessNode, { method, path, intent, key }: Question): Promise<Answered> {
    const { promise, resolve } = Promise.withResolvers<Answered>();
    const headers = {
      authorization: `Bearer ${this.#options.world.client.token}`,
      ...(intent !== null && { 'content-type': 'application/json', 'idempotency-key': key }),
    };
    const asking = request(`${node.url}/api/v1${path}`, { method, agent: this.#agent, headers }, (response) => {
      const retryAfter = response.headers['retry-after'];
      text(response).then(
        (body) => resolve({ result: response.statusCode ?? 0, body, retryAfter }),
        () => resolve({ ...noAnswer, result: 'cut off' }),
      );
    });
    asking.once('error', (error) =>
      resolve({ ...noAnswer, result: 'code' in error ? String(error.code) : error.message }),
    );
    asking.end(intent === null ? undefined : JSON.stringify({ to: intent.to, type: 'text', text: intent.text }));
    return promise;
  }
}

type Answered = Pick<LoadRequest, 'result' | 'body' | 'retryAfter'>;

const noAnswer = { body: '', retryAfter: undefined };

/** The answers that say that nothing was sent. Of a timeout, and without an answer, nobody knows. */
function note(intent: Intent, { result, body }: Answered): void {
  if (result === 200 || result === 202) {
    intent.outcome = 'accepted';
    intent.outboxId = v.parse(SendResultSchema, JSON.parse(body)).outboxId;
  } else {
    intent.outcome = isRefusal(result, body) ? 'refused' : 'unknown';
  }
}

function isRefusal(result: number | string, body: string): boolean {
  return [429, 501, 503].includes(Number(result)) && !body.includes('not known');
}

/** How often each answer was given, by kind of request. */
export function answersOf(requests: readonly LoadRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, result } of requests) {
    const name = `${kind} ${result}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).toSorted());
}

/** The answers that a caller should not get, a sample for the eye. */
export function sampleOf(requests: readonly LoadRequest[]): string {
  return requests
    .slice(0, 3)
    .map(
      ({ kind, node, result, body, tookMs }) => `${kind} at ${node} ${result} after ${Math.round(tookMs)} ms ${body}`,
    )
    .join('; ');
}
