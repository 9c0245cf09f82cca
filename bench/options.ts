import { parseArgs } from 'node:util';

/** A load for a subject. */
export interface Scenario {
  /** `50x4`: sessions and sends in flight on each. */
  name: string;
  sessions: number;
  inFlight: number;
}

export interface Options {
  scenarios: readonly Scenario[];
  /** The number of sessions that each subject links. */
  sessions: number;
  /** Measured rounds of each scenario, after one that is not counted. */
  rounds: number;
  /** Sends in a round. */
  sends: number;
  /** A folder for CPU profiles; null for none. */
  profile: string | null;
}

const usage = `npm run bench -- [options]
  --rounds N      measured rounds of each scenario, default 5
  --sends N       sends in a round, default 1500, at most 400 for each session
  --sessions N    number of linked sessions, default 50
  --only NAMES    scenarios, such as 1x1,50x4 (sessions x sends in flight), default all
  --profile DIR   adds a profiled round of each; writes CPU profiles to DIR and prints a summary
  --quick         two sessions and a few sends, to check that it works
`;

const flags = {
  rounds: { type: 'string' },
  sends: { type: 'string' },
  sessions: { type: 'string' },
  only: { type: 'string' },
  profile: { type: 'string' },
  quick: { type: 'boolean', default: false },
} as const;

/** Throws with a message and the usage when the arguments are invalid. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({ args, options: flags });
    const quick = values.quick;
    const sessions = whole('sessions', values.sessions, quick ? 2 : 50);
    const known = [1, sessions].flatMap((count) => [1, 4].map((inFlight) => scenario(count, inFlight)));
    return {
      scenarios: values.only === undefined ? known : values.only.split(',').map((name) => named(name, known)),
      sessions,
      rounds: whole('rounds', values.rounds, quick ? 1 : 5),
      sends: whole('sends', values.sends, quick ? 20 : 1_500),
      profile: values.profile ?? null,
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function scenario(sessions: number, inFlight: number): Scenario {
  return { name: `${sessions}x${inFlight}`, sessions, inFlight };
}

function named(name: string, known: readonly Scenario[]): Scenario {
  const found = known.find((one) => one.name === name);
  if (found === undefined) throw new Error(`--only ${name} is none of ${known.map((one) => one.name).join(', ')}`);
  return found;
}

function whole(name: string, input: string | undefined, otherwise: number): number {
  const value = input === undefined ? otherwise : Number(input);
  if (Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  throw new Error(`--${name} ${input} is not a number from 1 to 10000`);
}
