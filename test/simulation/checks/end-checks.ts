import { done } from '../../../src/domain/errors.ts';
import { textOf } from '../faults/faulty-line.ts';
import type { Operator } from '../world/operator.ts';
import { sendTimeoutMs } from '../world/process-life.ts';
import { addressOf, type World } from '../world/world.ts';
import type { Answer } from './expectations.ts';
import type { LedgerEntry } from './ledger.ts';

const to = '6281234567890@s.whatsapp.net';

/** What must hold when nothing happens any more: every send has ended, truly, once; and the sessions work. */
export async function requireSoundEnd(world: World, operators: readonly Operator[]): Promise<void> {
  world.expectations.judgeAll();
  for (const entry of world.ledger.entries()) requireEnd(world, entry);
  for (const { text, outboxId } of world.expectations.all()) {
    world.verdict.require(world.whatsapp.idsOf(text).size <= 1, () => `${text} was sent under several ids`);
    const isKnown = outboxId === null || world.ledger.entryOf(outboxId) !== undefined;
    world.verdict.require(isKnown, () => `${text} was accepted, but the store has nothing of it`);
  }
  for (const operator of operators) await requireService(world, operator);
}

function requireEnd({ verdict, whatsapp }: World, { row, events }: LedgerEntry): void {
  const name = textOf(row.content);
  const results = events.filter(({ status }) => status === 'sent' || status === 'failed');
  verdict.require(results.length === 1, () => `${name} has ${results.length} events with its result`);
  const copies = whatsapp.copiesOf(row.waMessageId);
  verdict.require(row.status === 'failed' || copies > 0, () => `${name} is ${row.status} but was never taken`);
  if (copies > 1) verdict.see('copy taken twice under one id');
  if (row.early !== null && results[0]?.status === 'sent') verdict.see('settled by a receipt');
  if (row.error?.code === 'unknown_outcome') verdict.see('attempts used up');
  if (row.error?.code === 'account_changed') verdict.see('account changed');
}

/** A send goes through, and the queue takes as many as it may, and no more. */
async function requireService(world: World, operator: Operator): Promise<void> {
  const { verdict, maxQueued, scheduler } = world;
  let answer = await send(world, operator.session, 'sync', 'the last word');
  if (answer !== 'lost' && !answer.ok && answer.refusal.code === 'rate_limited') {
    await scheduler.pause((answer.refusal.retryAfterMs ?? 0) + 1_000);
    answer = await send(world, operator.session, 'sync', 'the very last word');
  }
  verdict.require(answer !== 'lost' && answer.ok, () => `a send through ${operator.session} does not work at the end`);
  verdict.require(await operator.stop(), () => `${operator.session} cannot be stopped at the end`);
  const answers: Answer<unknown>[] = [];
  for (let each = 0; each <= maxQueued; each += 1) {
    answers.push(await send(world, operator.session, 'async', `word ${each} to nobody`));
  }
  const taken = answers.filter((each) => each !== 'lost' && each.ok).length;
  verdict.require(taken === maxQueued, () => `an empty queue of ${maxQueued} took ${taken}`);
}

function send(world: World, session: string, mode: 'sync' | 'async', text: string): Promise<Answer<unknown>> {
  const body = { type: 'text' as const, to, text, mentions: [] };
  return world.ask<unknown>(`${mode} ${text}`, 2 * sendTimeoutMs, async (troupe) => {
    const outcome = await troupe.sends.send(addressOf(session), body, { mode, idempotencyKey: null, traceId: null });
    return outcome.ok ? done(outcome.value) : outcome;
  });
}
