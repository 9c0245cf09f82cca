import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';

/** The project's root. */
export const root = resolve(import.meta.dirname, '../../..');

/** The text of one of the project's files. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** All Markdown pages of the project, by their paths. */
export const pages: readonly string[] = ['*.md', '{docs,client,simulator,examples,deploy,.github}/**/*.md'].flatMap(
  (pattern) => globSync(pattern, { cwd: root }),
);

/** A number that a file of the project states as a constant; throws when it does not. */
export function constantIn(path: string, name: string): number {
  const [, value] = new RegExp(`^const ${name} = ([\\d_]+);`, 'm').exec(read(path)) ?? [];
  if (value === undefined) throw new Error(`${path} has no ${name}`);
  return Number(value.replaceAll('_', ''));
}

const VersionsSchema = v.record(v.string(), v.string());

const PackageSchema = v.object({
  version: v.string(),
  scripts: v.record(v.string(), v.string()),
  dependencies: VersionsSchema,
  devDependencies: VersionsSchema,
  optionalDependencies: VersionsSchema,
  allowScripts: v.record(v.string(), v.boolean()),
});

const LockSchema = v.object({
  packages: v.record(
    v.string(),
    v.object({
      /** Only there when it is installed under another name than its own. */
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      integrity: v.optional(v.string()),
      hasInstallScript: v.optional(v.boolean()),
      /** Of development only: not there in an installation without it. */
      dev: v.optional(v.boolean(), false),
      link: v.optional(v.boolean(), false),
      inBundle: v.optional(v.boolean(), false),
      dependencies: v.optional(VersionsSchema, {}),
      optionalDependencies: v.optional(VersionsSchema, {}),
      peerDependencies: v.optional(VersionsSchema, {}),
    }),
  ),
});

export const packageJson = v.parse(PackageSchema, JSON.parse(read('package.json')));

/** What is locked, by its path below the root; the root itself is left out. */
export const locked = new Map(
  Object.entries(v.parse(LockSchema, JSON.parse(read('package-lock.json'))).packages).filter(([path]) => path !== ''),
);

/** The name of a package that is locked at such a path. */
export function nameAt(path: string): string {
  const folder = 'node_modules/';
  return path.slice(path.lastIndexOf(folder) + folder.length);
}
