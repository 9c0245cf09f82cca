import { startWorld } from '../../faults/support/world.ts';
import { generate } from '../harness/generate.ts';
import type { LaneReport, Plan } from '../harness/load-plan.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { linkTenants, mixedRequests } from '../harness/tenants.ts';

const tenants = 4;
const sessionsEach = 2;
/** The capacity is what comes out with one of these, whichever it is: with more, each answer only comes later. */
const closedWires = [64, 512] as const;
/** What all callers together can have open. */
const openWires = 2_000;
const factors = [1, 2, 5, 10] as const;
const leastGoodput = 0.8;
/** The callers have the same two cores, and read it late. */
const mostShedP99Ms = 500;
const enoughForP99 = 1_000;

interface Step {
  readonly name: string;
  readonly perSecond: number;
  /** Answers with 2xx in a second. */
  readonly goodput: number;
  readonly lane: LaneReport;
}

export const overload: Scenario = {
  name: 'overload',
  about: 'ten times more requests than the gateway can take, so many seconds for each step',
  full: 15,
  short: 3,
  run: async (run) => {
    await using world = await startWorld({ SEND_TIMEOUT_MS: '5000' }, { decrypt: false, ledgerSize: 1_000 });
    await world.start();
    const requests = (await linkTenants(world, tenants, sessionsEach)).flatMap(mixedRequests);
    const durationMs = run.size * 1_000;
    const step = async (name: string, perSecond: number | null, wires: number): Promise<Step> => {
      const plan: Plan = { url: world.url, durationMs, seed: run.seed, lanes: [{ name, perSecond, wires, requests }] };
      const [lane] = (await generate(plan)).lanes;
      if (lane === undefined) throw new Error('a report without a lane');
      const taken = { name, perSecond: lane.due / run.size, goodput: lane.tallies.good.count / run.size, lane };
      run.say(row(taken, run.size));
      return taken;
    };
    await step('warm-up', null, closedWires[0]);
    const steps: Step[] = [];
    for (const wires of closedWires) steps.push(await step(`${wires} wires`, null, wires));
    const capacity = Math.max(...steps.map(({ goodput }) => goodput));
    for (const factor of factors) steps.push(await step(`${factor} ×`, factor * capacity, openWires));
    judge(steps, run);
  },
};

function row({ name, perSecond, goodput, lane }: Step, seconds: number): string {
  const { good, shed, limited, other } = lane.tallies;
  const share = (count: number) => `${((100 * count) / Math.max(1, lane.asked)).toFixed(1)} %`;
  return [
    `${name.padEnd(9)} due ${perSecond.toFixed(0)}/s, asked ${(lane.asked / seconds).toFixed(0)}/s`,
    `good ${goodput.toFixed(0)}/s (p50 ${good.p50.toFixed(1)} ms, p99 ${good.p99.toFixed(0)} ms)`,
    `shed ${share(shed.count)} (p99 ${shed.p99.toFixed(0)} ms)`,
    `limited ${share(limited.count)}`,
    `other ${other.count} ${JSON.stringify(lane.others)}`,
    `unanswered ${lane.unanswered}`,
  ].join('; ');
}

function judge(steps: readonly Step[], { verdicts }: Run): void {
  const unanswered = steps.reduce((sum, { lane }) => sum + lane.unanswered, 0);
  verdicts.judge('every request is answered', unanswered === 0, `${unanswered} are not`);
  const wrong = steps.reduce((sum, { lane }) => sum + lane.tallies.other.count, 0);
  verdicts.judge('no answer is an error of another kind', wrong === 0, `${wrong} are`);
  const peak = Math.max(...steps.map(({ goodput }) => goodput));
  const last = steps.at(-1);
  const kept = (last?.goodput ?? 0) / peak;
  verdicts.judge('at ten times the load most of the work is still done', kept >= leastGoodput, percent(kept));
  const shedMs = Math.max(...steps.map(({ lane }) => slowOf(lane.tallies.shed)));
  verdicts.judge('what is shed is refused at once', shedMs < mostShedP99Ms, `${shedMs.toFixed(0)} ms`);
}

/** The 99th percentile, if there are enough to have one; of fewer it is one pause of the machine, and the median counts. */
function slowOf({ count, p50, p99 }: Step['lane']['tallies']['shed']): number {
  return count < enoughForP99 ? p50 : p99;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} % of the peak`;
}
