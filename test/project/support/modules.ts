import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { importsOf } from './imports.ts';

/** A file of the project, by its path from the project's root. */
export interface Module {
  path: string;
  lines: number;
  /** Files of ours that it imports, by their path from the root. */
  ours: readonly string[];
  /** Names of what it imports from elsewhere: `koa`, `node:fs`, `@koa/router`. */
  packages: readonly string[];
}

/** The TypeScript files in some folders of a project. */
export function readModules(root: string, folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readModule(root, join(folder, name))),
  );
}

function readModule(root: string, path: string): Module {
  const source = readFileSync(join(root, path), 'utf8');
  const imports = importsOf(source);
  return {
    path,
    lines: source.trimEnd().split('\n').length,
    ours: imports.filter(isRelative).map((target) => normalize(join(dirname(path), target))),
    packages: imports.filter((target) => !isRelative(target)).map(packageOf),
  };
}

function isRelative(target: string): boolean {
  return target.startsWith('.');
}

/** `@koa/router/dist/x` is of the package `@koa/router`, `xstate/graph` of `xstate`; `node:` modules stay whole. */
function packageOf(target: string): string {
  if (target.startsWith('node:')) return target;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}
