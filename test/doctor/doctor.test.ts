import assert from 'node:assert/strict';
import { chmodSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { startSimulator } from '../../simulator/simulator.ts';
import { capabilities } from '../../src/domain/principal.ts';
import { startWorld } from '../faults/support/world.ts';
import { runCommand } from '../support/gateway/command.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { temporaryDataDirectory } from '../support/store/data-directory.ts';

const FindingSchema = v.strictObject({
  check: v.string(),
  state: v.picklist(['ok', 'warning', 'failed']),
  says: v.string(),
  advice: v.optional(v.string()),
});
const ReportSchema = v.strictObject({ outcome: v.picklist(['ok', 'failed']), checks: v.array(FindingSchema) });

type Finding = v.InferOutput<typeof FindingSchema>;

/** What the doctor finds with these settings, by check, and its exit code. */
async function examine(settings: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await runCommand('doctor', ['--json'], { PORT: '0', ...settings });
  assert.equal(stderr, '');
  const { outcome, checks } = v.parse(ReportSchema, JSON.parse(stdout));
  for (const { state, advice, check } of checks) assert.equal(state === 'ok', advice === undefined, check);
  assert.equal(code, outcome === 'ok' ? 0 : 1);
  const of = (check: string): Finding => {
    const finding = checks.find((found) => found.check === check);
    assert(finding !== undefined, check);
    return finding;
  };
  return { of, outcome, checks };
}

/** A data directory with a store, as a gateway leaves it. */
async function usedDirectory() {
  const directory = await temporaryDataDirectory();
  await directory.newKey('acme', capabilities);
  return directory;
}

/** Nobody is asked: there is no such server. */
const nowhere = { WHATSAPP_URL: 'ws://127.0.0.1:9' };

test('beside a gateway that is well everything is well, and it is not disturbed', async () => {
  await using world = await startWorld();
  const { simulator, directory } = world;
  const gateway = await world.start();
  const session = await world.client.linked(simulator, '491700000001');
  const settings = { DATA_DIR: directory.path, WHATSAPP_URL: simulator.url, PORT: new URL(gateway.url).port };

  const { of, outcome, checks } = await examine(settings);

  assert.equal(outcome, 'ok');
  const notWell = checks.filter(({ state }) => state !== 'ok').map(({ check }) => check);
  assert.deepEqual(notWell, ['settings'], JSON.stringify(checks));
  assert.match(of('settings').says, /talks to a simulator/);
  assert.match(of('gateway').says, /^ready at/);
  assert.match(of('store').says, /^schema \d+, 1 MiB, intact$/);
  assert.match(of('clock').says, /within 5 s of the clock of WhatsApp/);
  assert.equal((await world.client.session(session)).status, 'connected');
});

test('for people there is a line for each check, with what to do', async () => {
  await using directory = await usedDirectory();

  const { code, stdout } = await runCommand('doctor', [], { DATA_DIR: directory.path, PORT: '0', ...nowhere });

  assert.equal(code, 1);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 8);
  for (const line of lines) assert.match(line, /^(ok {6}|warning |failed {2}) \S/);
  assert.match(stdout, /failed {3}whatsapp .*ECONNREFUSED\. .*WHATSAPP_URL/);
});

test('settings that cannot be used, and names that are nearly those of settings', async () => {
  const wrong = await examine({ PORT: 'x', MASTER_KEY: 'secret' });
  await using simulator = await startSimulator();
  await using directory = await usedDirectory();
  const misspelt = await examine({
    DATA_DIR: directory.path,
    WHATSAPP_URL: simulator.url,
    MASTERKEY: 'hidden',
    POST: '1',
  });

  assert.match(wrong.of('settings').says, /PORT must be a whole number/);
  assert(!JSON.stringify(wrong.checks).includes('secret'));
  assert.equal(wrong.outcome, 'failed');
  assert.match(misspelt.of('settings').says, /MASTERKEY \(MASTER_KEY\?\)/);
  assert(!JSON.stringify(misspelt.checks).includes('hidden'));
  assert.equal(misspelt.outcome, 'ok');
});

test('a store that others may read, is damaged, or lacks its master key', async () => {
  await using directory = await usedDirectory();
  const settings = { DATA_DIR: directory.path, ...nowhere };
  chmodSync(directory.storePath, 0o644);
  const open = await examine(settings);
  const other = await examine({ ...settings, MASTER_KEY: 'ab'.repeat(32) });
  rmSync(join(directory.path, 'master.key'));
  const missing = await examine(settings);
  writeSync(openSync(directory.storePath, 'r+'), Buffer.alloc(8_192, 1), 0, 8_192, 4_096);
  const damaged = await examine(settings);

  assert.deepEqual([open.of('data directory').state, open.of('store').state], ['warning', 'ok']);
  assert.match(open.of('data directory').advice ?? '', /^chmod -R go= /);
  assert.match(other.of('master key').says, /another master key .* than MASTER_KEY/);
  assert.match(missing.of('master key').says, /master\.key is missing; .*id [0-9a-f]{16}/);
  assert.equal(damaged.of('store').state, 'failed');
  assert.match(damaged.of('store').advice ?? '', /restore a backup/);
});

test('a place that is a file, and a store that is no database', async () => {
  await using directory = await temporaryDataDirectory();
  writeFileSync(directory.storePath, 'no database at all');

  const file = await examine({ DATA_DIR: directory.storePath, ...nowhere });
  const junk = await examine({ DATA_DIR: directory.path, ...nowhere });

  assert.match(file.of('data directory').says, /is not a directory$/);
  assert.equal(junk.of('store').state, 'failed');
  assert.match(junk.of('master key').says, /cannot be read/);
});

test('an empty place is fine: the first start makes what is not there, and the doctor does not', async () => {
  await using directory = await temporaryDataDirectory();
  const path = join(directory.path, 'new');

  const { of } = await examine({ DATA_DIR: path, ...nowhere });

  assert.match(of('data directory').says, /will be created at the first start/);
  assert.match(of('master key').says, /the first start creates .*new\/master\.key/);
  assert.throws(() => openSync(path, 'r'), /ENOENT/);
});

test('a Redis that throws entries away, and one that is not there', async () => {
  await using redis = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
  const url = new URL(redis.url);

  const evicting = await examine({ REDIS_URL: url.href, ...nowhere });
  const absent = await examine({ REDIS_URL: 'redis://user:hidden@127.0.0.1:9', ...nowhere });

  assert.match(evicting.of('redis').says, /maxmemory-policy allkeys-lru/);
  assert.equal(evicting.of('clock of redis').state, 'ok');
  assert.match(evicting.of('master key').says, /no store yet/);
  assert.match(absent.of('redis').says, /in Redis at 127\.0\.0\.1:9 cannot be reached/);
  assert(!JSON.stringify(absent.checks).includes('hidden'));
});
