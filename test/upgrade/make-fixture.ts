import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { capabilities } from '../../src/domain/principal.ts';
import { Client } from '../support/gateway/client.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { dumpRedis } from './support/dump.ts';
import { type Fixture, type FixtureKey, writeFixture } from './support/fixture.ts';
import { type Release, releaseIn } from './support/release.ts';
import { play } from './support/story.ts';

/** What Redis is sealed under: of no use to anybody. */
const masterKey = Buffer.from('the key of a fixture, not secret').toString('hex');

/** Belongs to the process that had the directory. */
const lockFile = 'gateway.lock';

const [checkout] = process.argv.slice(2);
if (checkout === undefined) {
  process.stderr.write('usage: bin/node test/upgrade/make-fixture.ts CHECKOUT\n');
  process.exit(2);
}
// libsignal, inside the simulator, prints sessions to it.
silenceConsole();
const release = releaseIn(resolve(checkout));
for (const make of [embedded, redis]) process.stdout.write(`${await writeFixture(await make(release))}\n`);

async function embedded(release: Release): Promise<Fixture> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'fixture-'));
  await using simulator = await startSimulator({ fewPreKeys: true });
  const settings = { DATA_DIR: folder.path, WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const keys = await newKeys(release, settings);
  const gateway = await release.start(settings);
  const { first, second } = clients(keys, gateway.url, gateway.url);
  const urls = { first: gateway.url, second: gateway.url };
  const story = await play({ simulator, first, distant: first, second, urls, kill: async () => undefined });
  await gateway.end('SIGTERM');
  const names = (await readdir(folder.path)).filter((name) => name !== lockFile);
  const files = names.map(async (name) => ({ name, content: await readFile(join(folder.path, name), 'base64') }));
  return {
    ...{ release: release.name, engine: 'embedded', endedAt: Date.now(), masterKey: null, keys, story },
    ...{ simulator: simulator.save(), files: await Promise.all(files), redis: [] },
  };
}

async function redis(release: Release): Promise<Fixture> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'fixture-'));
  await using simulator = await startSimulator({ fewPreKeys: true });
  await using server = await startRedis();
  const settings = {
    ...{ DATA_DIR: folder.path, REDIS_URL: server.url, MASTER_KEY: masterKey },
    ...{ WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey },
  };
  const keys = await newKeys(release, settings);
  const a = await release.start({ ...settings, NODE_ID: 'a' });
  const b = await release.start({ ...settings, NODE_ID: 'b' });
  const { first, second, distant } = clients(keys, a.url, b.url);
  const kill = async () => void (await b.end('SIGKILL'));
  const story = await play({ simulator, first, distant, second, urls: { first: a.url, second: b.url }, kill });
  await a.end('SIGTERM');
  return {
    ...{ release: release.name, engine: 'redis', endedAt: Date.now(), masterKey, keys, story },
    ...{ simulator: simulator.save(), files: [], redis: await dumpRedis(server.url) },
  };
}

/** Keys of each kind; the first two may do everything, each in its organization. */
async function newKeys(release: Release, settings: NodeJS.ProcessEnv): Promise<FixtureKey[]> {
  const all = { can: [...capabilities], revoked: false };
  const keys = [
    { ...all, organization: 'acme' },
    { ...all, organization: 'globex' },
    ...capabilities.map((can) => ({ organization: 'acme', can: [can], revoked: false })),
    { ...all, organization: 'acme', revoked: true },
  ];
  const made: FixtureKey[] = [];
  for (const key of keys) made.push(await release.newKey(settings, key));
  return made;
}

/** Of the first organization at both nodes, and of the second at the other one. */
function clients([acme, globex]: readonly FixtureKey[], here: string, there: string) {
  if (acme === undefined || globex === undefined) throw new Error('there are two organizations');
  return {
    first: new Client(() => here, acme.token),
    distant: new Client(() => there, acme.token),
    second: new Client(() => there, globex.token),
  };
}
