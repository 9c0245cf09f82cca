import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { to } from '../../support/gateway/environment.ts';
import type { Figures } from '../../support/prometheus-text.ts';
import type { Scraper } from '../harness/judge/scraper.ts';
import type { Verdicts } from '../harness/judge/verdicts.ts';
import { phoneOf, type World } from '../support/world.ts';

/** Longer than anything that is brought about here takes. */
const movesWithinMs = 20_000;

/** What a counter must have grown by: that much exactly, or at least. */
export type Growth = number | { atLeast: number };

export interface Stage {
  readonly world: World;
  readonly scraper: Scraper;
  readonly verdicts: Verdicts;
}

/** A series: the name of a metric without `troupe_`, and labels. */
export type Series = readonly [name: string, labels?: Record<string, string>];

/** Links a session whose number is `phoneOf` of that. */
export function link({ world }: Stage, number: number): Promise<string> {
  return world.client.linked(world.simulator, phoneOf(number));
}

/** Sends a text and waits for the answer, whose status it yields. */
export async function send({ world }: Stage, session: string, text: string, key?: string): Promise<number> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const answer = await world.client.call('POST', `/sessions/${session}/messages`, { to, type: 'text', text }, headers);
  return answer.status;
}

export async function enqueue({ world }: Stage, session: string, text: string): Promise<string> {
  const path = `/sessions/${session}/messages?async=true`;
  const { status, body } = await world.client.call('POST', path, { to, type: 'text', text });
  assert.equal(status, 202);
  return body !== null && typeof body === 'object' && 'outboxId' in body ? String(body.outboxId) : '';
}

/** Does something, and judges by how much each of these counters has grown then. */
export async function judgeGrowth(
  { scraper, verdicts }: Stage,
  cause: string,
  expected: readonly (readonly [Series, Growth])[],
  act: () => Promise<unknown>,
): Promise<void> {
  const before = await scraper.read();
  await act();
  const grown = (now: Figures) => expected.map(([series]) => now.of(...series) - before.of(...series));
  const arrived = async (): Promise<void> => {
    const now = await scraper.read();
    assert(grown(now).every((by, at) => by >= leastOf(expected[at]?.[1] ?? 0)));
  };
  await eventually(arrived, movesWithinMs).catch(() => undefined);
  const now = await scraper.read();
  for (const [at, by] of grown(now).entries()) {
    const [series = [''], growth = 0] = expected[at] ?? [];
    const isSo = typeof growth === 'number' ? by === growth : by >= growth.atLeast;
    verdicts.judge(`${nameOf(series)} grows: ${cause}`, isSo, `by ${round(by)}, ${told(growth)}`);
  }
}

/** Judges whether a gauge gets to be what it should. */
export async function judgeGauge(
  { scraper, verdicts }: Stage,
  cause: string,
  series: Series,
  isSo: (value: number) => boolean,
): Promise<void> {
  const look = async (): Promise<number> => {
    const value = (await scraper.read()).of(...series);
    assert(isSo(value));
    return value;
  };
  const value = await eventually(look, movesWithinMs).catch(() => null);
  const figures = value === null ? `${round((await scraper.read()).of(...series))} in the end` : String(round(value));
  verdicts.judge(`${nameOf(series)} tells: ${cause}`, value !== null, figures);
}

export const is = (wanted: number) => (value: number) => value === wanted;

function leastOf(growth: Growth): number {
  return typeof growth === 'number' ? growth : growth.atLeast;
}

function told(growth: Growth): string {
  return typeof growth === 'number' ? `${growth} expected` : `at least ${growth.atLeast} expected`;
}

function nameOf([name, labels = {}]: Series): string {
  const pairs = Object.entries(labels).map((pair) => pair.join('='));
  return pairs.length === 0 ? name : `${name}{${pairs.join()}}`;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
