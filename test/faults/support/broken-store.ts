import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../src/store/engine/sqlite/database.ts';
import { eventually } from '../../support/eventually.ts';
import type { GatewayProcess } from '../../support/gateway/gateway-process.ts';
import { createVolume, limitFiles, type Volume } from './volume.ts';
import { startWorld } from './world.ts';

/** A way in which a store can be kept from being written, while the gateway runs. */
export interface StoreFault {
  name: string;
  begin(volume: Volume, gateway: GatewayProcess): Promise<void>;
  end(volume: Volume, gateway: GatewayProcess): Promise<void>;
}

export const storeFaults: readonly StoreFault[] = [
  {
    name: 'the disk is full',
    begin: (volume, { pid }) => volume.fill(pid),
    end: (volume, { pid }) => volume.free(pid),
  },
  {
    name: 'every write fails',
    begin: (_, { pid }) => limitFiles(pid, 0),
    end: (_, { pid }) => limitFiles(pid, 'unlimited'),
  },
];

/** A world whose data directory is a volume. */
export async function startFragileWorld(settings: NodeJS.ProcessEnv = {}) {
  await using resources = new AsyncDisposableStack();
  const volume = resources.use(await createVolume());
  const world = resources.use(await startWorld(settings, { dataDir: volume.path }));
  const owned = resources.move();
  return { ...world, volume, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What `/readyz` or `/livez` says. */
export async function probe(gateway: GatewayProcess, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.url}${path}`);
  return { status: response.status, body: await response.json() };
}

/** Waits until the gateway knows that its store fails, or works again. */
export function untilStore(gateway: GatewayProcess, store: 'working' | 'failing'): Promise<void> {
  return eventually(async () => {
    const ready = await probe(gateway, '/readyz');
    const expected =
      store === 'working'
        ? { status: 200, body: { status: 'ok', phase: 'running', store } }
        : { status: 503, body: { status: 'unavailable', phase: 'running', store } };
    assert.deepEqual(ready, expected);
  });
}

/** Asserts that a store is sound, on a copy: looking must not mend it. */
export async function assertSound(dataDir: string): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'troupe-copy-'));
  await cp(dataDir, copy, { recursive: true, filter: (path) => !path.endsWith('ballast') });
  const database = openDatabase({ path: join(copy, 'troupe.db'), busyTimeoutMs: 0 });
  const verdict = database.prepare('PRAGMA integrity_check').all();
  database.close();
  await rm(copy, { recursive: true });
  assert.deepEqual(
    verdict.map((row) => ({ ...row })),
    [{ integrity_check: 'ok' }],
  );
}
