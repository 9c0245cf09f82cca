import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type SimulatorOptions, startSimulator } from '../../../simulator/simulator.ts';
import { readConfig } from '../../../src/config.ts';
import { capabilities } from '../../../src/domain/principal.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { eventually } from '../../support/eventually.ts';
import { Client } from '../../support/gateway/client.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway/gateway-process.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import type { RedisSettings } from '../../support/redis/redis-source.ts';
import { temporaryDataDirectory } from '../../support/store/data-directory.ts';
import { organization, recipient } from './world.ts';

/** Longer than a lease runs, and the logins of the sessions that it was for. */
const connectedWithinMs = 60_000;

export type ClusterWorld = Awaited<ReturnType<typeof startClusterWorld>>;

interface ClusterOptions extends SimulatorOptions {
  /** How the nodes are called; all of them are started. */
  readonly names: readonly [string, ...string[]];
  /** Of all gateways. */
  readonly settings?: NodeJS.ProcessEnv;
  /** Of Redis, beyond keeping everything. */
  readonly redis?: RedisSettings;
}

/** A gateway of a cluster, over its lives. */
export class ClusterNode {
  readonly name: string;
  readonly #launch: () => Promise<GatewayProcess>;
  #process: GatewayProcess | undefined;

  constructor(name: string, launch: () => Promise<GatewayProcess>) {
    this.name = name;
    this.#launch = launch;
  }

  /** The process that runs, or ran last. */
  get process(): GatewayProcess {
    if (this.#process === undefined) throw new Error('this node was not started');
    return this.#process;
  }

  /** Where it listens, or listened last. */
  get url(): string {
    return this.process.url;
  }

  /** Begins a life, under another process. */
  async start(): Promise<void> {
    this.#process = await this.#launch();
  }

  /** Whether it takes requests. */
  async isReady(): Promise<boolean> {
    const status = await fetch(`${this.url}/readyz`).then(
      ({ ok, body }) => body?.cancel().then(() => ok),
      () => false,
    );
    return status === true;
  }
}

/** A simulator, a Redis that keeps everything, and some gateways on it that are ended afterwards. */
export async function startClusterWorld({ names, settings = {}, redis: kept = {}, ...options }: ClusterOptions) {
  await using resources = new AsyncDisposableStack();
  const simulator = resources.use(await startSimulator(options));
  simulator.addContact({ phone: recipient });
  const redis = resources.use(await startRedis({ appendonly: 'yes', appendfsync: 'always', ...kept }));
  const shared = { MASTER_KEY: randomBytes(32).toString('hex'), REDIS_URL: redis.url, ...settings };
  const directory = resources.use(await temporaryDataDirectory(shared));
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const environment = { DATA_DIR: directory.path, ...whatsapp, ...shared };
  const token = await directory.newKey(organization, capabilities);
  const processes = resources.use(new AsyncDisposableStack());
  const start = async (name: string): Promise<ClusterNode> => {
    const node = new ClusterNode(name, async () => {
      const started = await startGatewayProcess({ ...environment, NODE_ID: name });
      processes.defer(async () => void (await started.end('SIGKILL')));
      return started;
    });
    await node.start();
    return node;
  };
  const [first, ...others] = names;
  const nodes: [ClusterNode, ...ClusterNode[]] = [await start(first), ...(await Promise.all(others.map(start)))];
  const inTurn = turns(nodes);
  const owned = resources.move();
  return {
    simulator,
    redis,
    nodes,
    /** Asks the nodes in turn. */
    client: new Client(() => inTurn().url, token),
    /** A caller of its own, who asks the nodes in turn, whoever else asks meanwhile. */
    caller(begin: number): Client {
      const next = turns(nodes, begin);
      return new Client(() => next().url, token);
    },
    /** Where one of the nodes listens; another one each time. */
    get url() {
      return inTurn().url;
    },
    /** The store of the gateways, opened beside them. */
    openStore: (): Promise<GatewayStore> =>
      openStore(readConfig({ DATA_DIR: directory.path, ...shared }), { as: 'visitor' }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Yields the nodes one after the other, over and over. */
export function turns(nodes: readonly [ClusterNode, ...ClusterNode[]], begin = 0): () => ClusterNode {
  let turn = begin;
  return () => {
    const node = nodes[turn % nodes.length] ?? nodes[0];
    turn += 1;
    return node;
  };
}

/** Resolves once all of these are connected, wherever they are. */
export async function untilConnected({ client }: ClusterWorld, sessions: readonly string[]): Promise<void> {
  for (const session of sessions) {
    await eventually(async () => assert.equal((await client.session(session)).status, 'connected'), connectedWithinMs);
  }
}
