import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../../simulator/simulator.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import { startGateway } from '../../../src/gateway.ts';
import { createLogger, loggerTo, muteConsole } from '../../../src/logger.ts';
import { CheckedLog } from '../../support/checked-log.ts';
import { Client } from '../../support/gateway/client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { temporaryDataDirectory } from '../../support/store/data-directory.ts';
import { restoreRedis } from './dump.ts';
import type { Fixture } from './fixture.ts';

muteConsole(createLogger('silent'));

/** How long the upgrade took: longer than a lease lasts that a killed node leaves. */
const upgradeMs = 60_000;

/** Gateways of today on what a former release has written. */
export interface Upgraded extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Where they listen: two on a Redis, else one. */
  readonly urls: readonly [string, ...string[]];
  /** A client of one of them with a key of the fixture. */
  client(token: string): Client;
}

/**
 * Starts them on a copy of the fixture, beside a simulator that goes on where the other one was. Their time goes on
 * there, too: what a release keeps for some days is not kept until somebody runs this test.
 */
export async function upgrade(fixture: Fixture): Promise<Upgraded> {
  await using resources = new AsyncDisposableStack();
  const checked = new CheckedLog();
  const simulator = resources.use(await startSimulator({ state: fixture.simulator }));
  const directory = resources.use(await temporaryDataDirectory());
  for (const { name, content } of fixture.files) {
    await writeFile(join(directory.path, name), content, { encoding: 'base64', mode: 0o600 });
  }
  const settings = {
    ...{ PORT: '0', DATA_DIR: directory.path, SEND_TIMEOUT_MS: '10000' },
    ...{ WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey },
    ...(fixture.masterKey !== null && { MASTER_KEY: fixture.masterKey }),
  };
  const aheadMs = Date.now() - fixture.endedAt - upgradeMs;
  const now = () => Date.now() - aheadMs;
  const start = async (config: Config): Promise<string> => {
    const gateway = await startGateway(config, loggerTo(checked, 'trace'), { now });
    resources.defer(() => gateway.close());
    return gateway.url;
  };
  const urls: [string, ...string[]] =
    fixture.engine === 'embedded'
      ? [await start(readConfig(settings))]
      : await startOnRedis(fixture, settings, { resources, start, now });
  const owned = resources.move();
  return {
    simulator,
    urls,
    client: (token) => new Client(() => urls[0], token),
    [Symbol.asyncDispose]: async () => {
      await owned.disposeAsync();
      checked.check();
    },
  };
}

interface Starting {
  readonly resources: AsyncDisposableStack;
  readonly start: (config: Config) => Promise<string>;
  readonly now: () => number;
}

/** Two nodes, one of which is called as before. */
async function startOnRedis(
  fixture: Fixture,
  settings: NodeJS.ProcessEnv,
  { resources, start, now }: Starting,
): Promise<[string, string]> {
  const { url } = resources.use(await startRedis());
  await restoreRedis(url, fixture.redis);
  const configOf = (NODE_ID: string): Config => {
    const config = readConfig({ ...settings, REDIS_URL: url, NODE_ID });
    // A Redis tells its own time unless its store is given another.
    const redis = { url, replicas: 0, now };
    return { ...config, redis };
  };
  return [await start(configOf('a')), await start(configOf('c'))];
}
