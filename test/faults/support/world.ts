import { readFile } from 'node:fs/promises';
import type { Addressing } from '../../../simulator/accounts/address.ts';
import type { Simulator, SimulatorOptions } from '../../../simulator/simulator.ts';
import { keyFileIn } from '../../../src/store/encryption/key-file.ts';
import type { Client } from '../../support/gateway/client.ts';
import { recipient, startEnvironment } from '../../support/gateway/environment.ts';
import { startGatewayProcess } from '../../support/gateway/gateway-process.ts';

/** How many sessions are linked at the same time. */
const linkedAtOnce = 5;

export type World = Awaited<ReturnType<typeof startWorld>>;

export interface WorldOptions extends SimulatorOptions {
  /** A folder to use as data directory; a temporary one unless given. */
  readonly dataDir?: string;
  /** How WhatsApp addresses the contact; by LID it cannot be written to by number. Default: by number. */
  readonly addressing?: Addressing;
}

/** A simulator, a data directory with a key, and a way to start gateway processes on it that ends them afterwards. */
export async function startWorld(
  settings: NodeJS.ProcessEnv = {},
  { addressing = 'pn', ...options }: WorldOptions = {},
) {
  await using resources = new AsyncDisposableStack();
  const environment = resources.use(await startEnvironment(settings, options));
  const { simulator, directory } = environment;
  simulator.addContact({ phone: recipient, addressing });
  let url = '';
  let moved: NodeJS.ProcessEnv = {};
  const masterKey = async () => (await readFile(keyFileIn(directory.path), 'utf8')).trim();
  const client = await environment.newClient(() => url);
  const owned = resources.move();
  const start = async (
    preloads: readonly string[] = [],
    changed: NodeJS.ProcessEnv = {},
    flags: readonly string[] = [],
  ) => {
    const gateway = await startGatewayProcess({ ...environment.settings, ...moved, ...changed }, preloads, flags);
    owned.defer(async () => void (await gateway.end('SIGKILL')));
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
      moved = { MASTER_KEY: await masterKey(), DATA_DIR: path };
    },
    /** Where the gateway listens that was started last. */
    get url() {
      return url;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The number that a session of a scenario is linked to. */
export function phoneOf(session: number): string {
  return `4917${String(session).padStart(8, '0')}`;
}

/** Links so many sessions, at least one, with `phoneOf` as their numbers, in that order; some at the same time. */
export async function linkAll(
  { client, simulator }: { readonly client: Client; readonly simulator: Simulator },
  count: number,
): Promise<[string, ...string[]]> {
  const sessions: [string, ...string[]] = [await client.linked(simulator, phoneOf(0))];
  while (sessions.length < count) {
    const next = Math.min(linkedAtOnce, count - sessions.length);
    const phones = Array.from({ length: next }, (_, index) => phoneOf(sessions.length + index));
    sessions.push(...(await Promise.all(phones.map((phone) => client.linked(simulator, phone)))));
  }
  return sessions;
}
