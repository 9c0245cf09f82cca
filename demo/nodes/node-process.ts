import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../src/main.ts');

/** A gateway in its own process. */
export interface NodeProcess {
  readonly nodeId: string;
  readonly url: string;
  /** Kills it with SIGKILL. */
  kill(): Promise<void>;
  /** Ends it with SIGTERM. */
  end(): Promise<void>;
}

/** Starts a gateway and waits until it listens. Rejects with its last line when it exits before. */
export async function startNode(nodeId: string, settings: NodeJS.ProcessEnv): Promise<NodeProcess> {
  const child = spawn(process.execPath, ['--disable-proto=delete', program, 'serve'], {
    env: { ...settings, NODE_ID: nodeId, LOG_LEVEL: 'info', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = Promise.withResolvers<string>();
  let last = 'it printed nothing';
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /"url":"([^"]+)".*"gateway started"/.exec(line)?.[1];
    if (url !== undefined) started.resolve(url);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    last = line;
  });
  const exited = once(child, 'exit');
  child.once('exit', () => started.reject(new Error(`node ${nodeId} ended: ${last}`)));
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return { nodeId, url: await started.promise, kill: () => stop('SIGKILL'), end: () => stop('SIGTERM') };
}
