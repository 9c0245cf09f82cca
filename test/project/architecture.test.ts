import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { faultsOf } from './support/architecture.ts';
import { importsOf } from './support/imports.ts';
import { readModules } from './support/modules.ts';

const project = resolve(import.meta.dirname, '../..');
const folders = ['src', 'simulator', 'demo', 'bench', 'client', 'examples'];

/** The faults of a project that consists of these files, in no particular order. */
async function faultsIn(t: TestContext, files: Record<string, string>): Promise<Set<string>> {
  const root = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), source);
  }
  return new Set(faultsOf(readModules(root, folders)));
}

test('imports go one way, every edge has one owner, and no file is too long', () => {
  assert.deepEqual(faultsOf(readModules(project, folders)), []);
});

test('what is looked at is the real project', () => {
  const modules = new Map(readModules(project, folders).map((module) => [module.path, module]));

  assert(modules.get('src/commands/serve.ts')?.ours.includes('src/gateway.ts'));
  assert(modules.get('src/gateway.ts')?.ours.includes('src/http/app.ts'));
  assert(modules.get('src/actors/socket/connection.ts')?.packages.includes('@whiskeysockets/baileys'));
  assert(modules.get('demo/stage.ts')?.ours.includes('simulator/simulator.ts'));
});

test('an import against the direction is found, whatever its form', async (t) => {
  const faults = await faultsIn(t, {
    'src/domain/a.ts': "import { b } from '../store/records/b.ts';",
    'src/store/records/b.ts': "import type { C } from '../../actors/api/c.ts';",
    'src/actors/api/c.ts': "export { d } from '../../http/d.ts';",
    'src/http/d.ts': "export * from '../gateway.ts';",
    'src/gateway.ts': "const main = await import('./main.ts');",
    'src/main.ts': "import '../simulator/e.ts';",
    'src/commands/keys.ts': "type Demo = import('../../demo/f.ts').Demo;",
    'src/config.ts': "import {\n  test,\n} from '../test/g.ts';",
    'simulator/e.ts': "import { a } from '../src/domain/a.ts';",
  });

  assert.deepEqual(
    faults,
    new Set([
      'src/domain/a.ts must not import src/store/records/b.ts',
      'src/store/records/b.ts must not import src/actors/api/c.ts',
      'src/actors/api/c.ts must not import src/http/d.ts',
      'src/http/d.ts must not import src/gateway.ts',
      'src/gateway.ts must not import src/main.ts',
      'src/main.ts must not import simulator/e.ts',
      'src/commands/keys.ts must not import demo/f.ts',
      'src/config.ts must not import test/g.ts',
      'simulator/e.ts must not import src/domain/a.ts',
    ]),
  );
});

test('an import that goes up, or sideways, within a room is found, and so is a file in none of its rooms', async (t) => {
  const faults = await faultsIn(t, {
    'src/store/contract.ts': "import { a } from './engine/a.ts';",
    'src/store/engine/a.ts': "import type { Store } from './sqlite/b.ts';",
    'src/store/engine/sqlite/b.ts': "import { c } from '../redis/c.ts';",
    'src/store/stray.ts': '',
    'simulator/wire/d.ts': "import { e } from '../api/e.ts';",
    'simulator/api/e.ts': "import { errors } from '../errors.ts';",
  });

  assert.deepEqual(
    faults,
    new Set([
      'src/store/contract.ts must not import src/store/engine/a.ts',
      'src/store/engine/a.ts must not import src/store/engine/sqlite/b.ts',
      'src/store/engine/sqlite/b.ts must not import src/store/engine/redis/c.ts',
      'src/store/stray.ts is in no room of src/store/',
      'simulator/wire/d.ts must not import simulator/api/e.ts',
    ]),
  );
});

test('a package outside the folder that owns it is found', async (t) => {
  const faults = await faultsIn(t, {
    'src/actors/session/a.ts': "import { proto } from '@whiskeysockets/baileys';",
    'src/http/b.ts': "import { getShortestPaths } from 'xstate/graph';",
    'src/gateway.ts': "import Koa from 'koa';",
    'src/store/records/c.ts': "import { DatabaseSync } from 'node:sqlite';",
    'src/store/engine/sqlite/database.ts': "import { DatabaseSync } from 'node:sqlite';",
  });

  assert.deepEqual(
    faults,
    new Set([
      'src/actors/session/a.ts must not import @whiskeysockets/baileys',
      'src/http/b.ts must not import xstate',
      'src/gateway.ts must not import koa',
      'src/store/records/c.ts must not import node:sqlite',
    ]),
  );
});

test('a circle of imports is found', async (t) => {
  const faults = await faultsIn(t, {
    'src/domain/a.ts': "import { b } from './b.ts';",
    'src/domain/b.ts': "import { c } from './c.ts';",
    'src/domain/c.ts': "import type { A } from './a.ts';",
  });

  assert.equal(faults.size, 1);
  assert.match([...faults].join(), /circle: (src\/domain\/[abc]\.ts → ){3}src\/domain\/[abc]\.ts$/);
});

test('a file that is too long and a file in no room are found', async (t) => {
  const faults = await faultsIn(t, {
    'src/domain/long.ts': 'export const a = 1;\n'.repeat(251),
    'src/stray.ts': 'export const a = 1;\n',
  });

  assert.deepEqual(faults, new Set(['src/domain/long.ts has 251 lines, more than 250', 'src/stray.ts is in no room']));
});

test('the reader is not misled by comments, texts and regular expressions', () => {
  const source = `
    // import { a } from './comment.ts';
    /* import './comment.ts'; */
    const text = "import './text.ts'";
    const template = \`import './template.ts' from './template.ts'\`;
    const pattern = /['"\`/]/.test(text) || /[/'"]/.exec(text);
    const url = import.meta.url;
    const parts = { from: 'nowhere' };
    import { a as b } from './real.ts';
  `;

  assert.deepEqual(importsOf(source), ['./real.ts']);
});

test('an import whose target is computed is refused', () => {
  assert.throws(() => importsOf("await import('./a' + extension)"), /cannot be read/);
});
