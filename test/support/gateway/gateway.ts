import type { Logger } from 'pino';
import { type Simulator, startSimulator } from '../../../simulator/simulator.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import { type Capability, capabilities as everyCapability } from '../../../src/domain/principal.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../../src/gateway.ts';
import { createLogger, loggerTo, muteConsole } from '../../../src/logger.ts';
import { CheckedLog } from '../checked-log.ts';
import { temporaryDataDirectory } from '../store/data-directory.ts';
import { Client } from './client.ts';

muteConsole(createLogger('silent'));

/** The whole product in this process: a gateway on a temporary data directory, linked to a simulated WhatsApp. */
export interface TestBed extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly config: Config;
  /** The gateway that runs now; another one after `restart`. */
  readonly gateway: Gateway;
  /** A client of an organization with a new key. */
  client(options?: { organization?: string; capabilities?: readonly Capability[] }): Promise<Client>;
  /** Ends the gateway in good order and starts it again on the same data. */
  restart(): Promise<void>;
}

/** Starts a test bed. `settings` are environment settings of the gateway, whose log is looked at unless another is given. */
export async function startTestBed(
  settings: NodeJS.ProcessEnv = {},
  ownLog?: Logger,
  options: GatewayOptions = {},
): Promise<TestBed> {
  await using resources = new AsyncDisposableStack();
  const checked = new CheckedLog();
  const log = ownLog ?? loggerTo(checked, 'trace');
  const directory = resources.use(await temporaryDataDirectory(settings));
  // 812 prekeys are a third of what it takes to link a number; a run links hundreds.
  const simulator = resources.use(await startSimulator({ fewPreKeys: true }));
  const config = readConfig({
    PORT: '0',
    DATA_DIR: directory.path,
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKey,
    SEND_TIMEOUT_MS: '5000',
    ...settings,
  });
  let gateway = await startGateway(config, log, options);
  resources.defer(() => gateway.close());
  const owned = resources.move();
  return {
    simulator,
    config,
    get gateway() {
      return gateway;
    },
    client: async ({ organization = 'acme', capabilities = everyCapability } = {}) => {
      const token = await directory.newKey(organization, capabilities);
      return new Client(() => gateway.url, token);
    },
    restart: async () => {
      await gateway.close();
      gateway = await startGateway(config, log, options);
    },
    [Symbol.asyncDispose]: async () => {
      await owned.disposeAsync();
      checked.check();
    },
  };
}
