import assert from 'node:assert/strict';
import type { FaultRule } from '../../../simulator/faults/rule.ts';
import type { Simulator } from '../../../simulator/simulator.ts';
import { eventually } from '../../support/eventually.ts';
import type { Client } from '../../support/gateway/client.ts';
import type { ClusterOptions } from '../../support/gateway/cluster.ts';
import { Relay } from '../../support/redis/relay.ts';
import {
  type BalancedCluster,
  type ProcessCluster,
  type ProcessNode,
  startBalancedCluster,
  startProcessCluster,
} from '../support/cluster.ts';
import { linkAll, startWorld, type World, type WorldOptions } from '../support/world.ts';
import { GatewayLives } from './gateway-lives.ts';
import { EventLog } from './judge/event-log.ts';
import type { Run } from './scenario.ts';

/** Linked sessions, their gateways as a client sees them, and the event stream. */
export interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly client: Client;
  readonly events: EventLog;
  readonly sessions: readonly [string, ...string[]];
}

/** Prepares a stage with these faults of the simulator, and with as many sessions as the size of the run says. */
export type PrepareStage<S extends Stage> = (run: Pick<Run, 'size'>, faults?: readonly FaultRule[]) => Promise<S>;

export interface GatewayStage extends Stage {
  readonly world: World;
  readonly lives: GatewayLives;
}

interface GatewayStageOptions extends Omit<WorldOptions, 'dataDir'> {
  readonly settings?: NodeJS.ProcessEnv;
  readonly preloads?: readonly string[];
}

/** One gateway, which may be killed and started again. Clients make as many prekeys as they do on WhatsApp. */
export function oneGateway({
  settings = {},
  preloads = [],
  ...options
}: GatewayStageOptions = {}): PrepareStage<GatewayStage> {
  return async ({ size }, faults = []) => {
    await using resources = new AsyncDisposableStack();
    const world = resources.use(await startWorld(settings, { fewPreKeys: false, ...options }));
    for (const fault of faults) world.simulator.faults.add(fault);
    const lives = new GatewayLives(world, preloads);
    await lives.start();
    const events = resources.use(await EventLog.open(world));
    const sessions = await linkFollowed(world, events, size.sessions);
    const owned = resources.move();
    return {
      world,
      lives,
      events,
      sessions,
      simulator: world.simulator,
      client: world.client,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}

export interface BalancedStage extends Stage {
  readonly cluster: BalancedCluster;
}

/** Nodes of these names, which are asked in turn. */
export function balancedNodes(
  names: readonly [string, ...string[]],
  options: ClusterOptions = {},
): PrepareStage<BalancedStage> {
  return async ({ size }, faults = []) => {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startBalancedCluster(names, options));
    for (const fault of faults) cluster.simulator.faults.add(fault);
    const events = resources.use(await EventLog.open(cluster));
    const sessions = await linkFollowed(cluster, events, size.sessions);
    const owned = resources.move();
    return {
      cluster,
      events,
      sessions,
      simulator: cluster.simulator,
      client: cluster.client,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}

export interface OwnerStage extends Stage {
  readonly cluster: ProcessCluster;
  readonly owner: ProcessNode;
  readonly successor: ProcessNode;
  /** A way to Redis that can be cut. */
  readonly line: Relay;
}

/** Node `a` owns all sessions before node `b` starts, which is the one that is asked; `a` may use the line to Redis. */
export function ownerAndSuccessor({ ownerUsesLine }: { readonly ownerUsesLine: boolean }): PrepareStage<OwnerStage> {
  return async ({ size }, faults = []) => {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startProcessCluster({ ledgerSize: 1_000_000 }));
    const { simulator } = cluster;
    for (const fault of faults) simulator.faults.add(fault);
    const line = resources.use(await Relay.open(cluster.redis.url));
    const owner = await cluster.start('a', ownerUsesLine ? { REDIS_URL: line.url } : {});
    const sessions = await linkAll({ simulator, client: owner.client }, size.sessions);
    const successor = await cluster.start('b');
    const events = resources.use(await EventLog.open(successor));
    const owned = resources.move();
    return {
      cluster,
      owner,
      successor,
      line,
      events,
      sessions,
      simulator,
      client: successor.client,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}

/** Links while the event stream is read: a reader that has seen no event cannot go on after a kill. */
async function linkFollowed(
  world: Pick<World, 'client' | 'simulator'>,
  events: EventLog,
  count: number,
): Promise<[string, ...string[]]> {
  const sessions = await linkAll(world, count);
  await eventually(() => assert(events.events().length > 0));
  return sessions;
}
