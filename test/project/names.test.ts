import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { read, root } from './support/project.ts';
import { exportsOf, retiredIn } from './support/retired-words.ts';

const folders = ['src', 'simulator', 'client', 'demo', 'bench', 'test'];

/** The TypeScript files below some folders, by their paths from the root. */
function filesOf(...paths: string[]): string[] {
  return paths.flatMap((path) =>
    readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(path, name)),
  );
}

test('no file name has a retired word', () => {
  const names = filesOf(...folders).map((path) => basename(path, '.ts'));

  assert.deepEqual(names.flatMap(retiredIn), []);
});

test('no exported identifier has a retired word', () => {
  const sources = filesOf('src', 'simulator');

  assert.deepEqual(
    sources.flatMap((path) =>
      exportsOf(read(path)).flatMap((name) => retiredIn(name).map((fault) => `${path}: ${fault}`)),
    ),
    [],
  );
});

test('a retired word is found in every form of a name, and not within another word', () => {
  assert.equal(retiredIn('node-courier').length, 1);
  assert.equal(retiredIn('NodeCourier').length, 1);
  assert.equal(retiredIn('courierOptions').length, 1);
  assert.deepEqual(retiredIn('executeCommand'), []);
  assert.deepEqual(exportsOf('export const a = 1;\nexport async function b() {}\nexport class C {}'), ['a', 'b', 'C']);
});
