import type { Logger } from 'pino';
import { readConfig } from '../../../src/config.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../../src/gateway.ts';
import { createLogger, loggerTo, muteConsole } from '../../../src/logger.ts';
import { CheckedLog } from '../checked-log.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

muteConsole(createLogger('silent'));

/** A way to run gateways. */
export interface Launcher<G extends { readonly url: string }> {
  /** Resolves when the gateway listens. */
  launch(settings: NodeJS.ProcessEnv): Promise<G>;
  /** Ends a gateway after its test; one that has ended already is left alone. */
  end(gateway: G): Promise<void>;
  /** Throws when a gateway has logged what it may not. */
  check(): void;
}

/** In this process, with a log that is checked unless another is given. */
export function inProcess(ownLog?: Logger, options: GatewayOptions = {}): Launcher<Gateway> {
  const checked = new CheckedLog();
  const log = ownLog ?? loggerTo(checked, 'trace');
  return {
    launch: (settings) => startGateway(readConfig(settings), log, options),
    end: (gateway) => gateway.close(),
    check: () => checked.check(),
  };
}

/** Each in a process of its own, which is killed after the test. */
export function asProcesses(): Launcher<GatewayProcess> {
  return {
    launch: (settings) => startGatewayProcess(settings),
    end: async (gateway) => void (await gateway.end('SIGKILL')),
    check: () => undefined,
  };
}
