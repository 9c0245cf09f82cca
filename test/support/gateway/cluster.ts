import { randomBytes } from 'node:crypto';
import type { Simulator, SimulatorOptions } from '../../../simulator/simulator.ts';
import { readConfig } from '../../../src/config.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { startRedis } from '../redis/redis-server.ts';
import type { RedisServer, RedisSettings } from '../redis/redis-source.ts';
import { Client } from './client.ts';
import { type ClientPrincipal, recipient, startEnvironment } from './environment.ts';
import type { Launcher } from './launcher.ts';

/** One gateway of several, over its restarts. */
export interface ClusterNode<G> {
  readonly name: string;
  /** The gateway that runs, or ran last. */
  readonly gateway: G;
  /** Where it listens, or listened last. */
  readonly url: string;
  /** A client that asks no other node. */
  readonly client: Client;
  /** Runs a gateway again under this name; the previous one must have ended. */
  restart(): Promise<void>;
  /** Whether it takes requests. */
  isReady(): Promise<boolean>;
}

/** Nodes as their callers see them behind a load balancer: each request goes to another one. */
export interface BalancedNodes {
  readonly client: Client;
  /** Where one of the nodes listens. */
  readonly url: string;
}

export interface Cluster<G> extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly redis: RedisServer;
  /** Starts a node under this name; `changed` are settings of this node only. */
  start(name: string, changed?: NodeJS.ProcessEnv): Promise<ClusterNode<G>>;
  /** A client of a node with a new key. */
  newClient(node: ClusterNode<G>, principal?: ClientPrincipal): Promise<Client>;
  /** The nodes in turn, beginning with the one at that index. */
  balanced(nodes: NodeList<G>, begin?: number): BalancedNodes;
  /** The store of the gateways, opened beside them. */
  openStore(): Promise<GatewayStore>;
}

export type NodeList<G> = readonly [ClusterNode<G>, ...ClusterNode<G>[]];

export interface ClusterOptions extends SimulatorOptions {
  /** Environment settings of all gateways. */
  readonly settings?: NodeJS.ProcessEnv;
  readonly redis?: RedisSettings;
  /** How many devices the contact has. */
  readonly devices?: number;
}

/** A Redis that keeps all that it has confirmed, even when it is killed. */
export const durableRedis: RedisSettings = { appendonly: 'yes', appendfsync: 'always' };

/** Starts a Redis and a simulator with the usual contact, and no node yet; nodes that run are ended afterwards. */
export async function startCluster<G extends { readonly url: string }>(
  launcher: Launcher<G>,
  { settings = {}, redis: redisSettings = {}, devices = 2, ...simulated }: ClusterOptions = {},
): Promise<Cluster<G>> {
  await using resources = new AsyncDisposableStack();
  resources.defer(() => launcher.check());
  const redis = resources.use(await startRedis(redisSettings));
  const shared = { REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex'), ...settings };
  const environment = resources.use(await startEnvironment(shared, simulated));
  const { simulator, newClient } = environment;
  simulator.addContact({ phone: recipient, devices });
  const { token } = await newClient(() => '');
  const running = resources.use(new AsyncDisposableStack());
  const launch = async (nodeSettings: NodeJS.ProcessEnv): Promise<G> => {
    const gateway = await launcher.launch({ ...environment.settings, ...nodeSettings });
    running.defer(() => launcher.end(gateway));
    return gateway;
  };
  const owned = resources.move();
  return {
    simulator,
    redis,
    start: (name, changed = {}) => startNode(name, token, () => launch({ NODE_ID: name, ...changed })),
    newClient: (node, principal) => newClient(() => node.url, principal),
    balanced: (nodes, begin = 0) => balance(nodes, token, begin),
    openStore: () => openStore(readConfig({ ...environment.settings }), { as: 'visitor' }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startNode<G extends { readonly url: string }>(
  name: string,
  token: string,
  launch: () => Promise<G>,
): Promise<ClusterNode<G>> {
  let gateway = await launch();
  return {
    name,
    get gateway() {
      return gateway;
    },
    get url() {
      return gateway.url;
    },
    client: new Client(() => gateway.url, token),
    restart: async () => {
      gateway = await launch();
    },
    isReady: async () => {
      const response = await fetch(`${gateway.url}/readyz`).catch(() => null);
      await response?.body?.cancel();
      return response?.ok === true;
    },
  };
}

function balance<G>(nodes: NodeList<G>, token: string, begin: number): BalancedNodes {
  const next = roundRobin(nodes, begin);
  return {
    client: new Client(() => next().url, token),
    get url() {
      return next().url;
    },
  };
}

/** Yields the nodes one after the other, over and over. */
export function roundRobin<G>(nodes: NodeList<G>, begin = 0): () => ClusterNode<G> {
  let turn = begin;
  return () => {
    const node = nodes[turn % nodes.length] ?? nodes[0];
    turn += 1;
    return node;
  };
}
