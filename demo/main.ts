import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { invitation } from './invitation.ts';
import { setNodesStage } from './nodes/stage.ts';
import { runNodesDemo } from './nodes/story.ts';
import { setStage } from './stage.ts';
import { type Report, runDemo } from './story.ts';

/** The demo takes two or three seconds; one that takes this long is stuck. */
const defaultLimitSeconds = '60';

class Interruption extends Error {}

/** Aborted to end the demo early, with the reason. */
const ending = new AbortController();

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function numbered(): Report {
  let step = 0;
  return (what, ...details) => {
    step += 1;
    say([`${String(step).padStart(2)}. ${what}`, ...details.map((detail) => `    ${detail}`)].join('\n'));
  };
}

function readArguments(): { isOnce: boolean; limitMs: number; nodes: number } {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      within: { type: 'string', default: defaultLimitSeconds },
      nodes: { type: 'string', default: '1' },
    },
  });
  const seconds = Number(values.within);
  if (!(seconds > 0 && seconds <= 3600))
    throw new Error(`--within ${values.within} is not a number of seconds up to 3600`);
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 5) throw new Error('--nodes is a number from 1 to 5');
  return { isOnce: values.once, limitMs: seconds * 1000, nodes };
}

/** Ends the demo when the time limit is reached, unless the timer is cleared. */
function startTimer(limitMs: number): NodeJS.Timeout {
  const message = `it took longer than ${limitMs / 1000} s; the last step above is as far as it came`;
  return setTimeout(() => ending.abort(new Error(message)), limitMs);
}

/** Runs the demo of one gateway. Returns the next steps for a user. */
async function runSingle(resources: AsyncDisposableStack): Promise<string> {
  say('Troupe and a simulated WhatsApp, in one process. No phone is needed, and nothing leaves this computer.\n');
  const stage = resources.use(await setStage(process.env, (error) => ending.abort(error)));
  return invitation(stage, await runDemo(stage, numbered(), ending.signal));
}

async function runSeveral(resources: AsyncDisposableStack, count: number): Promise<string> {
  say('Several Troupes on one Redis, and a simulated WhatsApp. Nothing leaves this computer.\n');
  const stage = resources.use(await setNodesStage(process.env, count));
  await runNodesDemo(stage, numbered(), ending.signal);
  const [, ...alive] = stage.nodes;
  const urls = alive.map(({ nodeId, url }) => `  ${nodeId}: ${url}/api/v1/sessions`);
  const page = `or in a browser, at ${alive[0]?.url}/console`;
  return ['\nYour turn, at any of them:', ...urls, `with the key ${stage.token}`, page].join('\n');
}

async function main(): Promise<void> {
  const { isOnce, limitMs, nodes } = readArguments();
  const timer = startTimer(limitMs);
  await using resources = new AsyncDisposableStack();
  const nextSteps = nodes === 1 ? await runSingle(resources) : await runSeveral(resources, nodes);
  clearTimeout(timer);
  if (isOnce) return say('\nEverything worked.');
  say(`${nextSteps}\nCtrl-C ends the demo and removes its folder.`);
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
  if (!(ending.signal.reason instanceof Interruption)) throw ending.signal.reason;
  say('\nEnding.');
}

// Only the first signal counts: shutdown takes seconds at most, and a second signal would leave the folder behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ending.abort(new Interruption('interrupted')));

try {
  await main();
  process.exit(0);
} catch (error) {
  const cause: unknown = ending.signal.aborted ? ending.signal.reason : error;
  process.stderr.write(`\nThe demo did not succeed: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(1);
}
