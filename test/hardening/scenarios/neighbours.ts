import { startWorld } from '../../faults/support/world.ts';
import { generate } from '../harness/generate.ts';
import type { LaneReport } from '../harness/load-plan.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { linkTenants, mixedRequests } from '../harness/tenants.ts';

const tenants = 10;
const quietPerSecond = 20;
const noisyFactor = 50;
const quietWires = 20;
const noisyWires = 400;
const leastSuccess = 0.99;

export const neighbours: Scenario = {
  name: 'neighbours',
  about: 'nine organizations ask as ever, for so many seconds, and one fifty times as much',
  full: 30,
  short: 5,
  run: async (run) => {
    await using world = await startWorld({ SEND_TIMEOUT_MS: '5000' }, { decrypt: false, ledgerSize: 1_000 });
    await world.start();
    const lanes = (await linkTenants(world, tenants, 1)).map((tenant, at) => ({
      name: at === 0 ? 'noisy' : `quiet ${at}`,
      perSecond: at === 0 ? noisyFactor * quietPerSecond : quietPerSecond,
      wires: at === 0 ? noisyWires : quietWires,
      requests: mixedRequests(tenant),
    }));
    const plan = { url: world.url, durationMs: run.size * 1_000, seed: run.seed };
    const before = await generate({ ...plan, lanes: lanes.slice(1) });
    const beside = await generate({ ...plan, lanes });
    judge(before.lanes, beside.lanes, run);
  },
};

function judge(before: readonly LaneReport[], beside: readonly LaneReport[], { verdicts, say }: Run): void {
  const quiet = beside.filter(({ name }) => name !== 'noisy');
  for (const lane of beside) say(row(lane));
  const least = Math.min(...quiet.map(success));
  const p99 = (lanes: readonly LaneReport[]) => Math.max(...lanes.map(({ tallies }) => tallies.good.p99)).toFixed(0);
  const figures = `at least ${(100 * least).toFixed(2)} %; p99 at most ${p99(quiet)} ms, without the noise ${p99(before)} ms`;
  verdicts.judge('the nine get what they ask for', least >= leastSuccess, figures);
}

/** A request that found no connection free has not succeeded either. */
function success({ due, tallies }: LaneReport): number {
  return tallies.good.count / due;
}

function row({ name, due, asked, unanswered, tallies: { good, shed, limited, other } }: LaneReport): string {
  const counts = `good ${good.count}, shed ${shed.count}, limited ${limited.count}, other ${other.count}`;
  return `${name.padEnd(8)} due ${due}, asked ${asked}, ${counts}, unanswered ${unanswered}; p99 ${good.p99.toFixed(0)} ms`;
}
