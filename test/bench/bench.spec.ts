import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { compileCache } from '../support/process/outbound-record.ts';

const run = promisify(execFile);
const program = resolve(import.meta.dirname, '../../bench/main.ts');

async function bench(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...compileCache },
  });
  return stdout;
}

/** The figures of a subject in a row of the table, without least and greatest. */
function figuresIn(output: string, row: RegExp): number[] {
  const [, figures = ''] = row.exec(output) ?? [];
  return figures
    .replaceAll(/\([^)]*\)/g, '')
    .trim()
    .split(/\s+/)
    .map(Number);
}

test('the quick benchmark sends through the gateway and through bare Baileys, and every send is acknowledged', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  t.after(() => rm(folder, { recursive: true }));

  const output = await bench('--quick', '--only', '1x1,2x4', '--profile', folder);

  for (const scenario of ['1x1', '2x4']) {
    const baileys = figuresIn(output, new RegExp(`^${scenario} +baileys (.*)$`, 'm'));
    const gateway = figuresIn(output.slice(output.indexOf(`\n${scenario} `)), /^ +gateway (.*)$/m);
    for (const figures of [baileys, gateway]) {
      assert.equal(figures.length, 5, output);
      assert(
        figures.every((figure) => figure > 0),
        output,
      );
    }
  }
  assert.match(output, /\nEvery send was acknowledged\. \d+ s in all\.\n$/);
  const profiles = (await readdir(folder)).toSorted();
  assert.deepEqual(
    profiles,
    ['1x1', '2x4'].flatMap((name) => [`baileys-${name}.cpuprofile`, `gateway-${name}.cpuprofile`]).toSorted(),
  );
  assert.match(await readFile(join(folder, 'gateway-1x1.cpuprofile'), 'utf8'), /src\/store/);
  assert.match(output, /gateway-2x4\.cpuprofile, in ms for each send\n +\d+\.\d{3} {2}\S/);
});

test('the benchmark says how it is used when it is asked for something it does not know', async () => {
  await assert.rejects(
    bench('--only', '7x7'),
    /--only 7x7 is none of 1x1, 1x4, 50x1, 50x4\n\nnpm run bench -- \[options\]/,
  );
});
