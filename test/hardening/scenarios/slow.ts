import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../../../bench/statistics.ts';
import { startWorld, type World } from '../../faults/support/world.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { Wire, wireRequest } from '../harness/wire.ts';

/** All of them are to be cut off by then, and nobody else is to notice. */
const cutWithinMs = 15_000;
const mostP99Ms = 150;
/** Longer than that nobody waits for it. */
const patienceMs = 20_000;
const normalPerSecond = 50;
const normalWires = 8;
/** They come one after the other, not in one turn of the event loop. */
const perBatch = 50;
const batchMs = 20;

/** How a caller takes its time. */
interface Manner {
  readonly name: string;
  /** Sent at once. */
  readonly beginning: (token: string) => string;
  /** Then a byte of it, over and over. */
  readonly drop: string;
  readonly everyMs: number;
}

const body =
  'POST /api/v1/sessions HTTP/1.1\r\nHost: troupe\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n';
const withKey = (token: string): string => `${body}Authorization: Bearer ${token}\r\n\r\n{"label":"`;

const manners: readonly Manner[] = [
  { name: 'not a byte', beginning: () => '', drop: '', everyMs: patienceMs },
  { name: 'a header, byte by byte', beginning: () => `GET /livez HTTP/1.1\r\nX-Slow: `, drop: 'x', everyMs: 500 },
  { name: 'a body, byte by byte', beginning: withKey, drop: 'x', everyMs: 500 },
  { name: 'a byte in 5 s', beginning: withKey, drop: 'x', everyMs: 5_000 },
];

export const slow: Scenario = {
  name: 'slow',
  about: 'connections that take their time are cut off, and nobody else notices',
  full: 1_000,
  short: 200,
  run: async (run) => {
    await using world = await startWorld();
    await world.start();
    const normal = new Normal(world, (await world.client.created()).id);
    await normal.begin();
    const lives = (await Promise.all(manners.map((manner) => open(manner, world, run)))).flat();
    await Promise.race([Promise.all(lives.map(({ ended }) => ended)), pause(patienceMs)]);
    const latencies = await normal.end();
    judge(lives, latencies, run);
  },
};

/** A slow connection. */
interface Life {
  readonly manner: Manner;
  readonly ended: Promise<void>;
  /** How long it was open; infinite while it is. */
  lastedMs: number;
}

async function open(manner: Manner, { url, client }: World, { size }: Run): Promise<Life[]> {
  const { hostname, port } = new URL(url);
  const lives: Life[] = [];
  while (lives.length < size / manners.length) {
    const socket = connect(Number(port), hostname);
    lives.push(live(socket, manner, client.token));
    if (lives.length % perBatch === 0) await pause(batchMs);
  }
  return lives;
}

function live(socket: Socket, manner: Manner, token: string): Life {
  const { promise, resolve } = Promise.withResolvers<void>();
  const life = { manner, ended: promise, lastedMs: Number.POSITIVE_INFINITY };
  const openedAt = performance.now();
  const dripping = setInterval(() => socket.write(manner.drop), manner.everyMs);
  socket.on('error', () => undefined);
  socket.resume().write(manner.beginning(token));
  const end = (): void => {
    clearInterval(dripping);
    life.lastedMs = Math.min(life.lastedMs, performance.now() - openedAt);
    socket.destroy();
    resolve();
  };
  // A server that has said its last word has cut it off, whether or not we hang up too.
  socket.once('end', end).once('close', end);
  return life;
}

/** Requests at a steady rate, as they come from callers who mean no harm. */
class Normal {
  readonly #world: World;
  readonly #request: string;
  readonly #latencies: number[] = [];
  readonly #running = new Set<Promise<void>>();
  #wires: Wire[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(world: World, session: string) {
    this.#world = world;
    this.#request = wireRequest('GET', `/api/v1/sessions/${session}`, world.client.token);
  }

  async begin(): Promise<void> {
    this.#wires = await Promise.all(Array.from({ length: normalWires }, () => Wire.open(this.#world.url)));
    this.#timer = setInterval(() => {
      const asking = this.#ask(performance.now());
      this.#running.add(asking);
      void asking.finally(() => this.#running.delete(asking));
    }, 1_000 / normalPerSecond);
  }

  /** How long each took, in ms, from when its turn was; infinite when it was not answered with 200. */
  async end(): Promise<readonly number[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    for (const wire of this.#wires) wire.close();
    return this.#latencies;
  }

  async #ask(dueAt: number): Promise<void> {
    const wire = this.#wires.pop() ?? (await Wire.open(this.#world.url));
    const status = await wire.ask(this.#request).then(
      (answer) => answer.status,
      () => 0,
    );
    if (wire.isOpen) this.#wires.push(wire);
    this.#latencies.push(status === 200 ? performance.now() - dueAt : Number.POSITIVE_INFINITY);
  }
}

function judge(lives: readonly Life[], latencies: readonly number[], { verdicts }: Run): void {
  for (const manner of manners) {
    const lasted = lives.filter((life) => life.manner === manner).map(({ lastedMs }) => lastedMs);
    const late = lasted.filter((ms) => ms > cutWithinMs).length;
    const seconds = [Math.min(...lasted), Math.max(...lasted)].map((ms) => (ms / 1_000).toFixed(1));
    const figures = `${late} of ${lasted.length} are not; after ${seconds.join(' to ')} s`;
    verdicts.judge(`who sends ${manner.name} is cut off within 15 s`, late === 0, figures);
  }
  const p99 = quantile(latencies, 0.99);
  const figures = `${latencies.length} requests, median ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  verdicts.judge('requests of others are answered as ever', p99 < mostP99Ms, figures);
}
