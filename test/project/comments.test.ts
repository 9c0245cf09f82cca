import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folders = ['src', 'simulator', 'test', 'client', 'demo', 'bench'];

/** The files of ours that a comment names in backticks: `name.ts`, or the end of a path. */
function filesNamedIn(source: string): string[] {
  const comments = source.split('\n').filter((line) => /^\s*(?:\/\*\*|\*|\/\/)/.test(line));
  return comments.flatMap((line) => [...line.matchAll(/`(?:\.{0,2}\/)*([\w./-]+\.ts)`/g)].map(([, name = '']) => name));
}

test('every file that a comment names exists', async () => {
  const files = await Array.fromAsync(
    glob(
      folders.map((folder) => `${folder}/**/*.ts`),
      { cwd: root },
    ),
  );
  const isThere = (name: string) => files.some((file) => file === name || file.endsWith(`/${name}`));
  const missing: string[] = [];
  let named = 0;
  for (const file of files.filter((each) => !each.includes('node_modules'))) {
    for (const name of filesNamedIn(await readFile(join(root, file), 'utf8'))) {
      named += 1;
      if (!isThere(name)) missing.push(`${file} names ${name}`);
    }
  }

  assert.ok(named > 10, `${named} names`);
  assert.deepEqual(missing, []);
});

test('files that comments name are found', () => {
  const source = ' * See `store/contract.ts`,\n// and `./a-b.ts`.\nconst code = `c.ts`;\n/** Of `d.ts` and e.ts. */';

  assert.deepEqual(filesNamedIn(source), ['store/contract.ts', 'a-b.ts', 'd.ts']);
});
