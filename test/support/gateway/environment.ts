import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator/simulator.ts';
import { type Capability, capabilities as everyCapability } from '../../../src/domain/principal.ts';
import { type DataDirectory, dataDirectory, temporaryDataDirectory } from '../store/data-directory.ts';
import { Client } from './client.ts';

/** The organization of a test's clients unless another is given. */
export const organization = 'acme';

/** The contact to write to: a person's number. */
export const recipient = '6281234567890';

/** Its address. */
export const to = `${recipient}@s.whatsapp.net`;

/** What gateways need to run: a simulated WhatsApp, and a data directory with api keys. */
export interface Environment extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly directory: Pick<DataDirectory, 'path' | 'storePath' | 'newKey'>;
  /** The environment settings of a gateway. */
  readonly settings: NodeJS.ProcessEnv;
  /** A client of the gateway at that URL, with a new key. */
  newClient(url: () => string, principal?: ClientPrincipal): Promise<Client>;
}

/** Whom a client's key stands for; every capability unless given. */
export interface ClientPrincipal {
  readonly organization?: string;
  readonly capabilities?: readonly Capability[];
}

interface EnvironmentOptions extends SimulatorOptions {
  /** A folder to use as data directory; a temporary one unless given. */
  readonly dataDir?: string;
}

/**
 * Starts a simulator beside a data directory, but no gateway. `settings` are environment settings of the gateways.
 * Clients make few prekeys: 812 of them are a third of what it takes to link a number, and a run links hundreds.
 */
export async function startEnvironment(
  settings: NodeJS.ProcessEnv = {},
  { dataDir, ...options }: EnvironmentOptions = {},
): Promise<Environment> {
  await using resources = new AsyncDisposableStack();
  const directory =
    dataDir === undefined ? resources.use(await temporaryDataDirectory(settings)) : dataDirectory(dataDir, settings);
  const simulator = resources.use(await startSimulator({ fewPreKeys: true, ...options }));
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const owned = resources.move();
  return {
    simulator,
    directory,
    settings: { PORT: '0', DATA_DIR: directory.path, ...whatsapp, ...settings },
    newClient: async (url, { organization: tenant = organization, capabilities = everyCapability } = {}) =>
      new Client(url, await directory.newKey(tenant, capabilities)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
