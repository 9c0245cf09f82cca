import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Contact } from '../simulator/api/contact-api.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { containCrashes } from '../src/actors/socket/error-domain.ts';
import { readConfig } from '../src/config.ts';
import { type Gateway, startGateway } from '../src/gateway.ts';
import { createLogger, muteConsole } from '../src/logger.ts';
import { newDemoKey, organization } from './demo-key.ts';

/** Preferred if it is free, because it is the gateway's default. */
const preferredPort = '8080';

/** Short, so that the 504 comes soon after an acknowledgement was suppressed. */
const sendTimeoutMs = '5000';

/** The environment of the demo. Disposing of it closes both servers and removes the folder. */
export interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  /** A contact on the simulated WhatsApp. */
  readonly ada: Contact;
  readonly gatewayUrl: string;
  readonly organization: string;
  readonly token: string;
}

/**
 * Starts a simulated WhatsApp and a gateway that is linked to it, on a store in a temporary folder. Only
 * PORT and LOG_LEVEL of the environment are used. `onUncaught` gets uncaught errors that belong to no connection.
 */
export async function setStage(environment: NodeJS.ProcessEnv, onUncaught: (error: unknown) => void): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'troupe-demo-'));
  resources.defer(() => rm(dataDir, { recursive: true }));
  containCrashes(onUncaught);
  const { LOG_LEVEL = 'silent', PORT } = environment;
  const settings = { LOG_LEVEL, DATA_DIR: dataDir, SEND_TIMEOUT_MS: sendTimeoutMs };
  const config = readConfig(settings);
  const logger = createLogger(config.logLevel);
  muteConsole(logger);

  const simulator = resources.use(await startSimulator());
  const ada = simulator.addContact({ phone: '15550000001', name: 'Ada', addressing: 'lid' });
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const token = await newDemoKey(config);
  const gateway = await startOn(PORT, { ...settings, ...whatsapp }, logger);
  resources.defer(() => gateway.close());
  const owned = resources.move();
  return {
    simulator,
    ada,
    gatewayUrl: gateway.url,
    organization,
    token,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Uses exactly the requested port, or else the preferred one if it is free, or any free one. */
async function startOn(port: string | undefined, settings: NodeJS.ProcessEnv, logger: Logger): Promise<Gateway> {
  const start = (PORT: string) => startGateway(readConfig({ ...settings, PORT }), logger);
  if (port !== undefined && port !== '') return start(port);
  try {
    return await start(preferredPort);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return start('0');
    throw error;
  }
}
