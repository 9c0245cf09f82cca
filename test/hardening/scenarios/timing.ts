import { ulid } from 'ulid';
import { median } from '../../../bench/statistics.ts';
import { capabilities } from '../../../src/domain/principal.ts';
import { phoneOf, startWorld, type World } from '../../faults/support/world.ts';
import { Client } from '../../support/gateway/client.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { mannWhitney } from '../harness/statistics.ts';
import { Wire, type WireAnswer, wireRequest } from '../harness/wire.ts';

/** Sessions of the other organization, and as many ids that nobody has: each is asked for equally often. */
const idsOfEachKind = 20;
const warmUps = 1_000;
/** A chance of one in a hundred is not held against it; nor is a difference that nobody could make use of. */
const leastP = 0.01;
const mostMicroseconds = 20;
const mostShare = 0.02;

interface Probe {
  readonly method: string;
  /** What stands behind the session's id. */
  readonly suffix: string;
  readonly body?: string;
  /** Its share of the requests. */
  readonly share: number;
}

const probes: readonly Probe[] = [
  { method: 'GET', suffix: '', share: 0.6 },
  { method: 'GET', suffix: '/outbox', share: 0.1 },
  { method: 'GET', suffix: '/qr', share: 0.1 },
  { method: 'POST', suffix: ':start', share: 0.1 },
  { method: 'PATCH', suffix: '', body: '{"label":"mine"}', share: 0.1 },
];

export const timing: Scenario = {
  name: 'timing',
  about: 'requests for sessions of another organization, and for ids that nobody has, take the same time',
  full: 20_000,
  short: 6_000,
  run: async (run) => {
    await using world = await startWorld();
    await world.start();
    const foreign = await foreignSessions(world);
    const random = Array.from({ length: idsOfEachKind }, () => ulid());
    const wire = await Wire.open(world.url);
    for (const probe of probes) {
      const ask = (id: string) => wire.ask(requestOf(probe, id, world.client.token));
      for (let count = 0; count < warmUps; count += 1)
        await ask((count % 2 === 0 ? foreign : random)[count % 20] ?? '');
      judge(probe, await compare(ask, foreign, random, Math.round((run.size * probe.share) / 2), run), run);
    }
    wire.close();
  },
};

/** One of them is connected, the others rest. */
async function foreignSessions(world: World): Promise<string[]> {
  const other = new Client(() => world.url, await world.directory.newKey('other', capabilities));
  const ids = [await other.linked(world.simulator, phoneOf(0))];
  while (ids.length < idsOfEachKind) ids.push((await other.created()).id);
  return ids;
}

function requestOf({ method, suffix, body }: Probe, id: string, token: string): string {
  return wireRequest(method, `/api/v1/sessions/${id}${suffix}`, token, body);
}

interface Compared {
  readonly foreign: number[];
  readonly random: number[];
  /** The different answers that there were, but for what tells one request from another. */
  readonly answers: ReadonlySet<string>;
}

/** So many pairs, whose order is left to chance. Times in microseconds. */
async function compare(
  ask: (id: string) => Promise<WireAnswer>,
  foreign: readonly string[],
  random: readonly string[],
  pairs: number,
  { random: chance }: Run,
): Promise<Compared> {
  const times = { foreign: [] as number[], random: [] as number[] };
  const answers = new Set<string>();
  const measure = async (kind: 'foreign' | 'random', id: string): Promise<void> => {
    const { head, body, elapsedMs } = await ask(id);
    times[kind].push(elapsedMs * 1_000);
    answers.add(`${head.replace(/^(X-Request-Id|X-Trace-Id|Date): .*\r\n/gim, '')}${body}`);
  };
  for (let pair = 0; pair < pairs; pair += 1) {
    const id = pair % idsOfEachKind;
    const kinds = chance.next() < 0.5 ? (['foreign', 'random'] as const) : (['random', 'foreign'] as const);
    for (const kind of kinds) await measure(kind, (kind === 'foreign' ? foreign : random)[id] ?? '');
  }
  return { ...times, answers };
}

function judge({ method, suffix }: Probe, { foreign, random, answers }: Compared, { verdicts, say }: Run): void {
  const name = `${method} …/sessions/{session}${suffix}`;
  const [one, other] = [median(foreign), median(random)];
  const { z, p } = mannWhitney(foreign, random);
  const difference = one - other;
  const isSmall = Math.abs(difference) < mostMicroseconds && Math.abs(difference) / other < mostShare;
  const figures = [
    `foreign ${one.toFixed(1)} µs, random ${other.toFixed(1)} µs`,
    `difference ${difference.toFixed(1)} µs (${((100 * difference) / other).toFixed(1)} %)`,
    `z ${z.toFixed(2)}, p ${p.toFixed(3)}`,
    `${foreign.length} pairs`,
  ];
  verdicts.judge(`${name} takes the same time`, p > leastP || isSmall, figures.join('; '));
  const isMissing = [...answers].every((answer) => answer.startsWith('HTTP/1.1 404 '));
  verdicts.judge(`${name} is answered with the same 404, byte by byte`, answers.size === 1 && isMissing);
  if (answers.size > 1 || !isMissing) say([...answers].slice(0, 3).join('\n'));
}
