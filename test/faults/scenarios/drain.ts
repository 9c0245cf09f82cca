import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayLives } from '../harness/gateway-lives.ts';
import type { Intent } from '../harness/load/accepted-sends.ts';
import { Load } from '../harness/load/load.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { oneGateway } from '../harness/stages.ts';

const perSecond = 100;
const exitWithinMs = 25_000;
/** Longer than a drain takes in which nothing goes wrong. */
const slowMs = 8_000;
/**
 * A connection that is being made at the moment when the gateway stops listening is refused by a reset. That moment is
 * known from the next request, which is refused: at this rate it comes some 10 ms later.
 */
const connectMs = 20;

interface Reset {
  readonly method: string;
  readonly result: number | string;
  readonly beforeEndMs: number;
}

interface Round {
  readonly intents: readonly Intent[];
  /** How often each answer was given, and each error was met. */
  readonly answers: Readonly<Record<string, number>>;
  /** The accepted async sends, in that order. */
  readonly queued: readonly Intent[];
  readonly resets: readonly Reset[];
  readonly code: number | null;
  readonly exitMs: number;
}

export const drain = scenario({
  name: 'drain',
  about: 'SIGTERM under 100 mixed requests a second',
  full: { sessions: 10, sends: 0, kills: 30 },
  short: { sessions: 5, sends: 0, kills: 3 },
  stage: oneGateway({ ledgerSize: 1_000_000 }),
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async ({ world, lives, sessions }, run) => {
    const rounds: Round[] = [];
    for (let number = 1; number <= run.size.kills; number += 1) {
      for (const session of sessions) await world.client.until(session, 'connected');
      const round = await endUnderLoad(lives, new Load(world, sessions, run.random, perSecond), run);
      rounds.push(round);
      run.say(
        `round ${number}: ${JSON.stringify(round.answers)}, ${round.resets.length} resets, ${round.exitMs} ms to exit`,
      );
      await lives.start();
    }
    const intents = rounds.flatMap((round) => round.intents);
    return { intents, ordered: rounds.flatMap(({ queued }) => queued), kills: 0, rounds };
  },
  judge: (_, { rounds }, run) => judgeEnds(rounds, run),
});

async function endUnderLoad(lives: GatewayLives, load: Load, { random, say }: Run): Promise<Round> {
  await pause(random.between(500, 1_500));
  const began = performance.now();
  const code = await lives.gateway.end('SIGTERM');
  const ended = performance.now();
  if (ended - began > slowMs) say(`a slow end: ${lives.gateway.output().split('\n').slice(-20).join('\n')}`);
  await load.end();
  const drained = Math.min(ended, ...load.attempts.filter(isRefused).map(({ beganAt }) => beganAt - connectMs));
  const resets = load.attempts
    .filter(({ result, beganAt }) => beganAt < drained && isReset(result))
    .map(({ method, result, beganAt }) => ({ method, result, beforeEndMs: Math.round(ended - beganAt) }));
  const answers: Record<string, number> = {};
  for (const { result } of load.attempts) answers[result] = (answers[result] ?? 0) + 1;
  return { answers, intents: load.intents, queued: load.queued(), resets, code, exitMs: Math.round(ended - began) };
}

function isReset(result: number | string): boolean {
  return typeof result === 'string' && result !== 'ECONNREFUSED';
}

/** The first of these tells when the gateway has stopped listening: when its drain had ended. */
function isRefused({ result }: { result: number | string }): boolean {
  return result === 'ECONNREFUSED';
}

function judgeEnds(rounds: readonly Round[], { verdicts }: Run): void {
  const slow = rounds.filter(({ code, exitMs }) => code !== 0 || exitMs > exitWithinMs);
  const longest = Math.max(...rounds.map(({ exitMs }) => exitMs));
  verdicts.judge('each exits with 0 within 25 s', slow.length === 0, `${slow.length} did not; at most ${longest} ms`);
  const resets = rounds.flatMap((round) => round.resets);
  const sample = resets.slice(0, 3).map((reset) => JSON.stringify(reset));
  const figures = [`${resets.length} resets`, ...sample].join(' ');
  verdicts.judge('no request is reset that was sent before the end', resets.length === 0, figures);
}
