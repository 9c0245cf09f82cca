import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { quantile } from '../../../bench/statistics.ts';
import type { Route } from '../../../src/http/routing/route.ts';
import type { Random } from '../../faults/harness/random.ts';
import { linkAll, startWorld, type World } from '../../faults/support/world.ts';
import type { GatewayProcess } from '../../support/gateway/gateway-process.ts';
import { documentedFaults, fuzzedRoutes, type Kind } from '../harness/fuzz-targets.ts';
import { type HostileBody, hostileBody } from '../harness/hostile-bodies.ts';
import { fifths, residentMiB } from '../harness/resident.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { malformed } from '../harness/well-formed.ts';
import { Wire, type WireAnswer, wireRequest } from '../harness/wire.ts';

const prototypes = join(import.meta.dirname, '../preloads/prototypes.ts');
/** Garbage is collected early, so that memory is flat soon unless something is kept. */
const smallHeap = '--max-old-space-size=96';
const atOnce = 8;
const warmUps = 10;
const samples = 100;
/** Longer than any body may keep the gateway from answering. */
const mostMs = 2_000;
const mostGrowth = 0.1;
/** The heap takes some ten thousand bodies to fill what it may have, which is little beside what a leak would take. */
const leastAllowedMiB = 40;

export const fuzz: Scenario = {
  name: 'fuzz',
  about: 'bodies that are hostile, broken or nearly right, against every route that takes one',
  full: 200_000,
  short: 10_000,
  run: async (run) => {
    await using world = await startWorld();
    const changes = join(world.directory.path, 'prototypes.json');
    const gateway = await world.start([prototypes], { PROTOTYPES: changes }, [smallHeap]);
    const [connected, stopped] = await linkAll(world, 2);
    await world.client.call('PATCH', `/sessions/${connected}`, { ratePerMin: 20, rateBurst: 5, ratePerHour: 600 });
    await world.client.call('POST', `/sessions/${stopped}:stop`);
    const sessions = { connected, stopped: stopped ?? '', unlinked: (await world.client.created()).id };
    await warmUp(world);
    const found = await attack(new Findings(gateway, run), world, sessions, run);
    await gateway.tell({ ask: 'prototypes' });
    judge(found, v.parse(v.array(v.string()), JSON.parse(await readFile(changes, 'utf8'))), run);
  },
};

type Sessions = Readonly<Record<Kind, string>>;

/** What came of it. */
class Findings {
  readonly answers = new Map<number, number>();
  readonly latencies: number[] = [];
  readonly resident: number[] = [];
  readonly faults: string[] = [];
  readonly #gateway: GatewayProcess;
  readonly #every: number;
  readonly #say: Run['say'];

  constructor(gateway: GatewayProcess, { size, say }: Run) {
    this.#gateway = gateway;
    this.#every = Math.max(1, Math.floor(size / samples));
    this.#say = say;
  }

  note(answer: WireAnswer, shot: Shot): void {
    const { status, elapsedMs } = answer;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    const fault = faultOf(answer, documentedFaults(shot.route, shot.kind));
    if (fault !== null) this.fault(shot, fault);
    this.latencies.push(elapsedMs);
    if (this.latencies.length % this.#every === 0) this.resident.push(residentMiB(this.#gateway.pid));
    if (this.latencies.length % (this.#every * 20) === 0) this.#say(`${this.latencies.length} bodies`);
  }

  fault({ route, kind, body: { bytes, encoding } }: Shot, fault: string): void {
    const sent = JSON.stringify(bytes.toString('latin1', 0, 300));
    this.faults.push(`${route.id} (${kind}): ${fault}, for ${sent} ${encoding ?? ''}`);
  }
}

/** Memory is as large as it gets once bodies have come that are as large as they may be, several at a time. */
async function warmUp({ client }: World): Promise<void> {
  const largest = [1, 'a', {}, []].map((item) => ({ label: Array(200_000).fill(item) }));
  for (let round = 0; round < warmUps; round += 1) {
    await Promise.all([...largest, ...largest].map((body) => client.call('POST', '/sessions', body)));
  }
}

interface Shot {
  readonly route: Route;
  readonly kind: Kind;
  readonly path: string;
  readonly body: HostileBody;
}

async function attack(found: Findings, world: World, sessions: Sessions, { size, random }: Run): Promise<Findings> {
  let shots = 0;
  const attackOn = async (): Promise<void> => {
    let wire = await Wire.open(world.url);
    while (shots < size) {
      shots += 1;
      const shot = aim(sessions, random);
      if (!wire.isOpen) wire = await Wire.open(world.url);
      try {
        const answer = await wire.ask(requestOf(shot, world.client.token));
        found.note(answer, shot);
        // A session for each body that was right by chance would be a lot.
        if (answer.status === 201 && shot.route.id === 'createSession') await remove(world, answer);
      } catch (error) {
        found.fault(shot, String(error));
      }
    }
    wire.close();
  };
  await Promise.all(Array.from({ length: atOnce }, attackOn));
  return found;
}

function aim(sessions: Sessions, random: Random): Shot {
  const [route, { kinds, bodies }] = random.pick(fuzzedRoutes);
  const kind = random.pick(kinds);
  const path = route.path.replace('{session}', sessions[kind]).replace('{mid}', '3EB0AA');
  return { route, kind, path, body: hostileBody(random.pick(bodies), random) };
}

function requestOf({ route: { method }, path, body: { bytes, type, encoding } }: Shot, token: string): Buffer {
  const headers = [`Content-Type: ${type}`, `Content-Length: ${bytes.length}`];
  if (encoding !== null) headers.push(`Content-Encoding: ${encoding}`);
  const head = wireRequest(method, path, token).replace(/\r\n\r\n$/, `\r\n${headers.join('\r\n')}\r\n\r\n`);
  return Buffer.concat([Buffer.from(head), bytes]);
}

function faultOf(answer: WireAnswer, documented: ReadonlySet<number>): string | null {
  if (answer.status >= 500 && !documented.has(answer.status)) return `answered ${answer.status}: ${answer.body}`;
  const fault = malformed(answer);
  return fault === null ? null : `${fault}: ${answer.head}${answer.body.slice(0, 200)}`;
}

async function remove({ client }: World, { body }: WireAnswer): Promise<void> {
  const { id } = v.parse(v.looseObject({ id: v.string() }), JSON.parse(body));
  await client.call('DELETE', `/sessions/${id}`);
}

function judge(found: Findings, changes: readonly string[], { verdicts, say }: Run): void {
  const { answers, latencies, resident, faults } = found;
  const counts = [...answers].sort(([one], [other]) => one - other).map(([status, count]) => `${count} × ${status}`);
  say(`answers: ${counts.join(', ')}`);
  say(
    `resident memory in MiB: ${resident
      .filter((_, at) => at % 5 === 4)
      .map(Math.round)
      .join(' ')}`,
  );
  for (const fault of faults.slice(0, 5)) say(fault);
  verdicts.judge(
    'every body gets a well-formed answer, and none of 500 and above that is not documented for it',
    faults.length === 0,
    `${faults.length} of ${latencies.length} do not`,
  );
  const slowest = quantile(latencies, 1);
  const times = `p99 ${quantile(latencies, 0.99).toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms`;
  verdicts.judge('no body keeps the gateway from answering', slowest < mostMs, times);
  verdicts.judge('no prototype has changed', changes.length === 0, changes.join());
  const [, second = 0, , , last = 0] = fifths(resident);
  const figures = `median ${second.toFixed(0)} MiB in the second fifth, ${last.toFixed(0)} MiB in the last`;
  const isFlat = last - second <= Math.max(second * mostGrowth, leastAllowedMiB);
  verdicts.judge('memory stays flat after the warm-up', isFlat, figures);
}
