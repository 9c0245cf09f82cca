import { parseArgs } from 'node:util';
import { play } from './harness/play.ts';
import type { Scenario } from './harness/scenario.ts';
import { drain } from './scenarios/drain.ts';
import { i1Nodes } from './scenarios/i1-nodes.ts';
import { i5 } from './scenarios/i5.ts';
import { i8 } from './scenarios/i8.ts';
import { i9 } from './scenarios/i9.ts';
import { l1 } from './scenarios/l1.ts';
import { l2 } from './scenarios/l2.ts';
import { l4 } from './scenarios/l4.ts';
import { l5 } from './scenarios/l5.ts';
import { l8 } from './scenarios/l8.ts';
import { l9 } from './scenarios/l9.ts';
import { metrics } from './scenarios/metrics.ts';
import { metricsNodes } from './scenarios/metrics-nodes.ts';
import { stopped } from './scenarios/pause.ts';
import { q1 } from './scenarios/q1.ts';
import { q1Redis } from './scenarios/q1-redis.ts';
import { q4 } from './scenarios/q4.ts';
import { q6 } from './scenarios/q6.ts';
import { r2 } from './scenarios/r2.ts';
import { restore } from './scenarios/restore.ts';
import { s5 } from './scenarios/s5.ts';

const scenarios: readonly Scenario[] = [
  i5,
  i8,
  i9,
  s5,
  restore,
  drain,
  stopped,
  metrics,
  metricsNodes,
  q1,
  i1Nodes,
  l1,
  l2,
  l4,
  l8,
  l9,
  r2,
  q1Redis,
  q4,
  q6,
  l5,
];

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    sessions: { type: 'string' },
    sends: { type: 'string' },
    kills: { type: 'string' },
  },
});

await play({
  scenarios,
  only: values.only,
  seed: values.seed,
  sizeOf: ({ short, full }) => {
    const { sessions, sends, kills } = values.short ? short : full;
    return {
      sessions: Number(values.sessions ?? sessions),
      sends: Number(values.sends ?? sends),
      kills: Number(values.kills ?? kills),
    };
  },
});
