import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import {
  type BalancedNodes,
  type Cluster,
  type ClusterNode,
  type ClusterOptions,
  durableRedis,
  type NodeList,
  startCluster,
} from '../../support/gateway/cluster.ts';
import type { GatewayProcess } from '../../support/gateway/gateway-process.ts';
import { asProcesses } from '../../support/gateway/launcher.ts';

export type ProcessNode = ClusterNode<GatewayProcess>;
export type ProcessNodes = NodeList<GatewayProcess>;
export type ProcessCluster = Cluster<GatewayProcess>;

/** A cluster whose nodes run already, seen through a load balancer. */
export interface BalancedCluster extends ProcessCluster, BalancedNodes {
  readonly nodes: ProcessNodes;
}

/** Longer than a lease runs, and the logins of the sessions that it was for. */
const connectedWithinMs = 60_000;

/** A cluster of gateway processes; its Redis is a durable one unless given. */
export function startProcessCluster(options: ClusterOptions = {}): Promise<ProcessCluster> {
  return startCluster(asProcesses(), { redis: durableRedis, fewPreKeys: false, ...options });
}

/** The same with nodes of these names started. */
export async function startBalancedCluster(
  [first, ...others]: readonly [string, ...string[]],
  options: ClusterOptions = {},
): Promise<BalancedCluster> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(await startProcessCluster(options));
  const nodes: ProcessNodes = [
    await cluster.start(first),
    ...(await Promise.all(others.map((name) => cluster.start(name)))),
  ];
  const balanced = cluster.balanced(nodes);
  const owned = resources.move();
  return {
    ...cluster,
    nodes,
    client: balanced.client,
    get url() {
      return balanced.url;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Resolves once all of these are connected, wherever they are. */
export async function untilConnected(
  { client }: Pick<BalancedNodes, 'client'>,
  sessions: readonly string[],
): Promise<void> {
  for (const session of sessions) {
    await eventually(async () => assert.equal((await client.session(session)).status, 'connected'), connectedWithinMs);
  }
}
