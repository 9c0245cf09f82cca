import { mkdirSync, openSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { startBaileys } from './baileys.ts';
import { Child } from './child.ts';
import { startGateway } from './gateway.ts';
import { type Options, readOptions, type Scenario } from './options.ts';
import { summarize } from './profile.ts';
import { heading, type Pair, summary } from './report.ts';
import { Loads, measure } from './rounds.ts';
import { profiled, profiler, type Subject } from './subject.ts';
import { WhatsAppSchema } from './whatsapp.ts';

/** The default data folder of the gateway: the cost of a commit depends on the disk. */
const dataFolder = resolve(import.meta.dirname, '../data');

interface Stage extends AsyncDisposable {
  baileys: Subject;
  gateway: Subject;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Starts the simulated WhatsApp and both subjects, each in its own process, and links the sessions. */
async function setStage(options: Options): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  mkdirSync(dataFolder, { recursive: true });
  const folder = await mkdtemp(join(dataFolder, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const output = openSync(join(folder, 'output.log'), 'a');
  const { sessions } = options;
  const started = (child: Child) => resources.defer(() => child.end());

  const simulator = new Child({ program: 'bench/simulator-process.ts', output });
  started(simulator);
  const whatsapp = await simulator.request(WhatsAppSchema, 'start', { contacts: sessions });
  const preloads = options.profile === null ? [] : [profiler];
  const baileys = await startBaileys({ whatsapp, sessions, preloads, output });
  started(baileys.child);
  const gateway = await startGateway({ whatsapp, sessions, preloads, folder });
  started(gateway.child);
  const owned = resources.move();
  return { baileys, gateway, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Runs rounds in pairs. The subjects alternate in going first, so that disturbances affect both. */
async function compare({ baileys, gateway }: Stage, scenario: Scenario, loads: Loads, rounds: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const load = loads.of(scenario);
    const order = round % 2 === 0 ? [baileys, gateway] : [gateway, baileys];
    const measured = new Map<Subject, Pair['gateway']>();
    for (const subject of order) measured.set(subject, await measure(subject, load));
    const [bare, whole] = [measured.get(baileys), measured.get(gateway)];
    if (round > 0 && bare !== undefined && whole !== undefined) pairs.push({ baileys: bare, gateway: whole });
  }
  return pairs;
}

async function profile({ baileys, gateway }: Stage, scenario: Scenario, loads: Loads, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const load = loads.of(scenario);
  for (const subject of [baileys, gateway]) {
    const path = join(folder, `${subject.name}-${scenario.name}.cpuprofile`);
    await profiled(subject, load, path);
    say(`\n${path}, in ms for each send\n${await summarize(path, load.sends)}\n`);
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const { sessions, rounds, scenarios } = options;
  const startedAt = performance.now();
  say(`Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}. ${rounds} rounds, medians.`);
  say(
    'Texts to contacts with 2 devices that confirm delivery. Gateway: over HTTP with an idempotency key, SQLite on this',
  );
  say('disk, log level info. Baileys: alone, with its keys in memory. Both use the same simulator.');
  await using stage = await setStage(options);
  say(`${sessions} sessions linked on each side after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.\n`);
  const loads = new Loads(options);
  // Warm-up: completes the work that is done once for each recipient.
  const first = { sessions: Array.from({ length: sessions }, (_, number) => number), inFlight: 1, sends: 3 * sessions };
  for (const subject of [stage.baileys, stage.gateway]) await subject.run(first);
  say(heading);
  for (const scenario of scenarios) {
    say(summary(scenario, await compare(stage, scenario, loads, rounds)));
    if (options.profile !== null) await profile(stage, scenario, loads, options.profile);
  }
  say(`\nEvery send was acknowledged. ${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all.`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`the benchmark failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
