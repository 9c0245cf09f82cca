import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { SendResultSchema } from '../../../../src/domain/outbox.ts';
import { to } from '../../../support/gateway/environment.ts';
import type { World } from '../../support/world.ts';

/**
 * A send that somebody meant to make. `accepted`: the gateway has promised it; `unknown`: its answer was cut off;
 * `refused`: the gateway said that nothing was sent.
 */
export interface Intent {
  readonly session: string;
  readonly text: string;
  readonly to: string;
  outcome: 'accepted' | 'unknown' | 'refused';
  outboxId: string | undefined;
}

const betweenAttemptsMs = 20;
const patienceMs = 120_000;

/**
 * Asks for an async send. With a key the caller asks again and again, under that key, until it has a 202; without one
 * it does not. Rejects when a keyed send was not accepted within two minutes.
 */
export async function sendAsync(world: Pick<World, 'client'>, intent: Intent, key: string | null): Promise<void> {
  const headers = key === null ? {} : { 'idempotency-key': key };
  const body = { to: intent.to, type: 'text', text: intent.text };
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const answer = await world.client
      .call('POST', `/sessions/${intent.session}/messages?async=true`, body, headers)
      .catch(() => null);
    if (answer !== null && answer.status < 300) {
      intent.outboxId = v.parse(SendResultSchema, answer.body).outboxId;
      intent.outcome = 'accepted';
      return;
    }
    intent.outcome = answer === null ? 'unknown' : 'refused';
    if (key === null) return;
    await pause(betweenAttemptsMs);
  }
  throw new Error(`a send was not accepted: ${intent.text}`);
}

export function intend(session: string, text: string, recipient = to): Intent {
  return { session, text, to: recipient, outcome: 'refused', outboxId: undefined };
}
