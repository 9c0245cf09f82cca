import { parseArgs } from 'node:util';
import { play } from './harness/run-scenario.ts';
import type { Scenario } from './harness/scenario.ts';
import { q1 } from './scenarios/async-kill9.ts';
import { q1Redis } from './scenarios/async-kill9-redis.ts';
import { i5 } from './scenarios/crash-points.ts';
import { s5 } from './scenarios/credentials-kill9.ts';
import { drain } from './scenarios/drain.ts';
import { i1Nodes } from './scenarios/idempotency-two-nodes.ts';
import { i9 } from './scenarios/kill9-same-chat.ts';
import { l4 } from './scenarios/killed-node.ts';
import { metrics } from './scenarios/metrics.ts';
import { metricsNodes } from './scenarios/metrics-nodes.ts';
import { l2 } from './scenarios/partitioned-owner.ts';
import { stopped } from './scenarios/pause.ts';
import { l1 } from './scenarios/paused-owner.ts';
import { r2 } from './scenarios/rate-limit-handover.ts';
import { q6 } from './scenarios/redis-full.ts';
import { q4 } from './scenarios/redis-killed.ts';
import { restore } from './scenarios/restore.ts';
import { restoreRedis } from './scenarios/restore-redis.ts';
import { l5 } from './scenarios/rolling-restart.ts';
import { i8 } from './scenarios/simultaneous-chats.ts';
import { l8 } from './scenarios/start-race.ts';
import { l9 } from './scenarios/wrong-node.ts';

const scenarios: readonly Scenario[] = [
  i5,
  i8,
  i9,
  s5,
  restore,
  restoreRedis,
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
