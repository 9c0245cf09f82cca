import { parseArgs } from 'node:util';
import { listScenarios, runScenarios } from './harness/run-scenario.ts';
import type { Scenario } from './harness/scenario.ts';
import { asyncKill9 } from './scenarios/async-kill9.ts';
import { asyncKill9Redis } from './scenarios/async-kill9-redis.ts';
import { contactKinds } from './scenarios/contact-kinds.ts';
import { crashPoints } from './scenarios/crash-points.ts';
import { credentialsKill9 } from './scenarios/credentials-kill9.ts';
import { drain } from './scenarios/drain.ts';
import { manyFirstMessages } from './scenarios/first-messages.ts';
import { idempotencyTwoNodes } from './scenarios/idempotency-two-nodes.ts';
import { kill9SameChat } from './scenarios/kill9-same-chat.ts';
import { killedNode } from './scenarios/killed-node.ts';
import { metrics } from './scenarios/metrics.ts';
import { metricsNodes } from './scenarios/metrics-nodes.ts';
import { partitionedOwner } from './scenarios/partitioned-owner.ts';
import { paused } from './scenarios/pause.ts';
import { pausedOwner } from './scenarios/paused-owner.ts';
import { rateLimitHandover } from './scenarios/rate-limit-handover.ts';
import { redisFull } from './scenarios/redis-full.ts';
import { redisKilled } from './scenarios/redis-killed.ts';
import { restore } from './scenarios/restore.ts';
import { restoreRedis } from './scenarios/restore-redis.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { simultaneousChats } from './scenarios/simultaneous-chats.ts';
import { startRace } from './scenarios/start-race.ts';
import { wrongNode } from './scenarios/wrong-node.ts';

const scenarios: readonly Scenario[] = [
  crashPoints,
  simultaneousChats,
  manyFirstMessages,
  kill9SameChat,
  contactKinds,
  credentialsKill9,
  restore,
  restoreRedis,
  drain,
  paused,
  metrics,
  metricsNodes,
  asyncKill9,
  idempotencyTwoNodes,
  pausedOwner,
  partitionedOwner,
  killedNode,
  startRace,
  wrongNode,
  rateLimitHandover,
  asyncKill9Redis,
  redisKilled,
  redisFull,
  rollingRestart,
];

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    sessions: { type: 'string' },
    sends: { type: 'string' },
    kills: { type: 'string' },
  },
});

if (values.list) {
  listScenarios(scenarios);
  process.exit(0);
}

await runScenarios({
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
