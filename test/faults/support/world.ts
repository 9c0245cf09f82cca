import { readFile } from 'node:fs/promises';
import { type SimulatorOptions, startSimulator } from '../../../simulator/simulator.ts';
import { capabilities } from '../../../src/domain/principal.ts';
import { keyFileIn } from '../../../src/store/encryption/key-file.ts';
import { Client } from '../../support/gateway/client.ts';
import { startGatewayProcess } from '../../support/gateway/gateway-process.ts';
import { dataDirectory, temporaryDataDirectory } from '../../support/store/data-directory.ts';

/** The contact that every world has. */
export const recipient = '6281234567890';
export const to = `${recipient}@s.whatsapp.net`;

export const organization = 'acme';

export type World = Awaited<ReturnType<typeof startWorld>>;

interface WorldOptions extends SimulatorOptions {
  /** A folder to use as data directory; a temporary one unless given. */
  readonly dataDir?: string;
}

/**
 * A simulator, a data directory with a key, and a way to start gateways on it that ends them afterwards. Clients make few
 * prekeys: 812 of them are a third of what it takes to link a number.
 */
export async function startWorld(settings: NodeJS.ProcessEnv = {}, { dataDir, ...options }: WorldOptions = {}) {
  const resources = new AsyncDisposableStack();
  const simulator = resources.use(await startSimulator({ fewPreKeys: true, ...options }));
  simulator.addContact({ phone: recipient });
  const directory =
    dataDir === undefined ? resources.use(await temporaryDataDirectory(settings)) : dataDirectory(dataDir, settings);
  const token = await directory.newKey(organization, capabilities);
  let url = '';
  let dataPath = directory.path;
  let key: NodeJS.ProcessEnv = {};
  const masterKey = async () => (await readFile(keyFileIn(directory.path), 'utf8')).trim();
  const client = new Client(() => url, token);
  const start = async (
    preloads: readonly string[] = [],
    changed: NodeJS.ProcessEnv = {},
    flags: readonly string[] = [],
  ) => {
    const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
    const environment = { DATA_DIR: dataPath, ...whatsapp, ...settings, ...key, ...changed };
    const gateway = await startGatewayProcess(environment, preloads, flags);
    resources.defer(async () => void (await gateway.end('SIGKILL')));
    url = gateway.url;
    return gateway;
  };
  return {
    simulator,
    directory,
    client,
    start,
    /** The master key of the data directory, which is in a file there. */
    masterKey,
    /** Gateways that are started from now on run on another data directory, whose master key is the same. */
    move: async (path: string) => {
      key = { MASTER_KEY: await masterKey() };
      dataPath = path;
    },
    /** Where the gateway listens that was started last. */
    get url() {
      return url;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The number that a session of a scenario is linked to. */
export function phoneOf(session: number): string {
  return `4917${String(session).padStart(8, '0')}`;
}

/** Links so many sessions, at least one, with `phoneOf` as their numbers. */
export async function linkAll(
  { client, simulator }: Pick<World, 'client' | 'simulator'>,
  count: number,
): Promise<[string, ...string[]]> {
  const sessions: [string, ...string[]] = [await client.linked(simulator, phoneOf(0))];
  for (let session = 1; session < count; session += 1) {
    sessions.push(await client.linked(simulator, phoneOf(session)));
  }
  return sessions;
}
