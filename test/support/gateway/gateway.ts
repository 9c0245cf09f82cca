import type { Logger } from 'pino';
import type { Simulator } from '../../../simulator/simulator.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import type { Gateway, GatewayOptions } from '../../../src/gateway.ts';
import type { Client } from './client.ts';
import { type ClientPrincipal, startEnvironment } from './environment.ts';
import { inProcess } from './launcher.ts';

/** The whole product in this process: a gateway on a temporary data directory, linked to a simulated WhatsApp. */
export interface TestBed extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly config: Config;
  /** The gateway that runs now; another one after `restart`. */
  readonly gateway: Gateway;
  /** A client of an organization with a new key. */
  client(principal?: ClientPrincipal): Promise<Client>;
  /** Ends the gateway in good order and starts it again on the same data. */
  restart(): Promise<void>;
}

/** Starts a test bed. `settings` are environment settings of the gateway, whose log is checked unless another is given. */
export async function startTestBed(
  settings: NodeJS.ProcessEnv = {},
  ownLog?: Logger,
  options: GatewayOptions = {},
): Promise<TestBed> {
  await using resources = new AsyncDisposableStack();
  const launcher = inProcess(ownLog, options);
  resources.defer(() => launcher.check());
  const environment = resources.use(await startEnvironment({ SEND_TIMEOUT_MS: '5000', ...settings }));
  let gateway = await launcher.launch(environment.settings);
  resources.defer(() => launcher.end(gateway));
  const owned = resources.move();
  return {
    simulator: environment.simulator,
    config: readConfig(environment.settings),
    get gateway() {
      return gateway;
    },
    client: (principal) => environment.newClient(() => gateway.url, principal),
    restart: async () => {
      await launcher.end(gateway);
      gateway = await launcher.launch(environment.settings);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
