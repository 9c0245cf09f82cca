import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contact } from '../../simulator/api/contact-api.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger, muteConsole } from '../../src/logger.ts';
import { newDemoKey } from '../demo-key.ts';
import { startLocalRedis } from './local-redis.ts';
import { type NodeProcess, startNode } from './node-process.ts';

/** Several gateways on one Redis, and a simulated WhatsApp. Disposing of it ends all of them. */
export interface NodesStage extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly ada: Contact;
  readonly redisUrl: string;
  readonly nodes: readonly NodeProcess[];
  readonly token: string;
}

/** Uses a Redis of its own, or the one in REDIS_URL, which must be used for nothing else. */
export async function setNodesStage(environment: NodeJS.ProcessEnv, count: number): Promise<NodesStage> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'troupe-demo-'));
  resources.defer(() => rm(folder, { recursive: true }));
  muteConsole(createLogger('silent'));
  const given = environment['REDIS_URL'] ?? '';
  const redisUrl = given === '' ? resources.use(await startLocalRedis(folder)).url : given;
  const simulator = resources.use(await startSimulator());
  const ada = simulator.addContact({ phone: '15550000001', name: 'Ada', addressing: 'lid' });
  const store = { REDIS_URL: redisUrl, DATA_DIR: folder, MASTER_KEY: randomBytes(32).toString('hex') };
  const token = await newDemoKey(readConfig(store));
  const { PATH, NODE_COMPILE_CACHE } = environment;
  const inherited = { PATH, NODE_COMPILE_CACHE };
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const names = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
  const nodes = await Promise.all(names.map((name) => startNode(name, { ...inherited, ...store, ...whatsapp })));
  resources.defer(async () => {
    await Promise.all(nodes.map((node) => node.end()));
  });
  const owned = resources.move();
  return { simulator, ada, redisUrl, nodes, token, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
