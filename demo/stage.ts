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

/** Taken when nobody else has it, because it is the gateway's own default. */
const preferredPort = '8080';

/** Short enough that a newcomer who makes WhatsApp fall silent sees the 504 while still looking. */
const sendTimeoutMs = '5000';

/** Everything that the demo plays with. Disposing of it ends both servers and removes the folder. */
export interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Somebody on the simulated WhatsApp to write to. */
  readonly ada: Contact;
  readonly gatewayUrl: string;
  readonly organization: string;
  readonly token: string;
}

/**
 * Starts a simulated WhatsApp and a gateway that is linked to it, on a store in a temporary folder. Of the
 * environment only PORT and LOG_LEVEL count. `onStray` gets what nobody caught and no connection brought about.
 */
export async function setStage(environment: NodeJS.ProcessEnv, onStray: (error: unknown) => void): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'troupe-demo-'));
  resources.defer(() => rm(dataDir, { recursive: true }));
  containCrashes(onStray);
  const { LOG_LEVEL = 'silent', PORT } = environment;
  const settings = { LOG_LEVEL, DATA_DIR: dataDir, SEND_TIMEOUT_MS: sendTimeoutMs };
  const config = readConfig(settings);
  const logger = createLogger(config.logLevel);
  muteConsole(logger);

  const simulator = resources.use(await startSimulator());
  const ada = simulator.addContact({ phone: '15550000001', name: 'Ada' });
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

/** A port that was asked for is taken or nothing; otherwise any free one will do. */
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
