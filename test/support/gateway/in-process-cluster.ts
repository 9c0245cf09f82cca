import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { type Simulator, startSimulator } from '../../../simulator/simulator.ts';
import { readConfig } from '../../../src/config.ts';
import { type Capability, capabilities as everyCapability } from '../../../src/domain/principal.ts';
import { type Gateway, startGateway } from '../../../src/gateway.ts';
import { createLogger, loggerTo, muteConsole } from '../../../src/logger.ts';
import { CheckedLog } from '../checked-log.ts';
import { startRedis } from '../redis/redis-server.ts';
import type { RedisSettings } from '../redis/redis-source.ts';
import { temporaryDataDirectory } from '../store/data-directory.ts';
import { Client } from './client.ts';

muteConsole(createLogger('silent'));

/** Several gateways in this process on one Redis, linked to one simulated WhatsApp. */
export interface ClusterBed extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  /** Starts another node under this name. */
  start(nodeId: string): Promise<Gateway>;
  /** A client of a node, all with one new key for each set of capabilities. */
  client(gateway: Gateway, capabilities?: readonly Capability[]): Promise<Client>;
}

/** Starts Redis and the simulator, on which clients make few prekeys, and no node yet. `settings` are environment settings of the gateways, whose log is looked at unless another is given. */
export async function startClusterBed(
  settings: NodeJS.ProcessEnv = {},
  redisSettings: RedisSettings = {},
  ownLog?: Logger,
): Promise<ClusterBed> {
  await using resources = new AsyncDisposableStack();
  const checked = new CheckedLog();
  const redis = resources.use(await startRedis(redisSettings));
  const simulator = resources.use(await startSimulator({ fewPreKeys: true }));
  const shared = { REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex'), ...settings };
  const directory = resources.use(await temporaryDataDirectory(shared));
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const keys = new Map<string, Promise<string>>();
  const gateways = new AsyncDisposableStack();
  resources.use(gateways);
  const owned = resources.move();
  return {
    simulator,
    redis,
    start: async (NODE_ID) => {
      const config = readConfig({
        ...{ PORT: '0', DATA_DIR: directory.path, SEND_TIMEOUT_MS: '10000', NODE_ID },
        ...shared,
        ...whatsapp,
      });
      const gateway = await startGateway(config, ownLog ?? loggerTo(checked, 'trace'));
      gateways.defer(() => gateway.close());
      return gateway;
    },
    client: async (gateway, capabilities = everyCapability) => {
      const name = capabilities.join();
      const key = keys.get(name) ?? directory.newKey('acme', capabilities);
      keys.set(name, key);
      const token = await key;
      return new Client(() => gateway.url, token);
    },
    [Symbol.asyncDispose]: async () => {
      await owned.disposeAsync();
      checked.check();
    },
  };
}
