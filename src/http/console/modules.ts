import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { pathToFileURL } from 'node:url';

/** A module for browsers: `text` imports other modules by their `name`, from the same folder. */
export interface BrowserModule {
  name: string;
  text: string;
}

/** The browser build of each package, by import specifier. */
const packages: Readonly<Record<string, { name: string; file: string }>> = {
  'lit-html': { name: 'lit-html', file: 'lit-html.js' },
  'lit-html/directives/keyed.js': { name: 'lit-html', file: 'directives/keyed.js' },
  'lit-html/directives/live.js': { name: 'lit-html', file: 'directives/live.js' },
  'lit-html/directives/repeat.js': { name: 'lit-html', file: 'directives/repeat.js' },
  valibot: { name: 'valibot', file: 'dist/index.min.mjs' },
};

const source = new URL('../../', import.meta.url);

/** The string after `from` or `import`: without types and comments that is always a module specifier. */
const specifier = /(?<=\b(?:from|import)\s*)(["'])([^"'\n]+)\1/g;

/** Source maps are not served, and developer tools would request them. */
const sourceMap = /^\/\/# sourceMappingURL=.*$/gm;

/**
 * A module and everything it imports, the entry first. Types are replaced by spaces, so that lines and columns stay the
 * same. Rejects for an import that cannot be served: a package that is not listed here, or a missing file.
 */
export async function modulesFrom(entry: URL): Promise<BrowserModule[]> {
  const found = new Map<string, BrowserModule>();
  const pending = [entry];
  for (let url = pending.shift(); url !== undefined; url = pending.shift()) {
    const name = nameOf(url);
    if (found.has(name)) continue;
    const imports: URL[] = [];
    const text = (await javaScriptOf(url)).replaceAll(specifier, (_, quote: string, target: string) => {
      const imported = resolve(target, url);
      imports.push(imported);
      return `${quote}./${nameOf(imported)}${quote}`;
    });
    found.set(name, { name, text });
    pending.push(...imports);
  }
  return [...found.values()];
}

async function javaScriptOf(url: URL): Promise<string> {
  const text = await readFile(url, 'utf8');
  if (!url.pathname.endsWith('.ts')) return text.replaceAll(sourceMap, '');
  // Loaded on demand: only a process that serves the console needs it.
  const { transformSync } = await import('amaro');
  return transformSync(text, { mode: 'strip-only' }).code;
}

function resolve(target: string, importer: URL): URL {
  if (target.startsWith('.')) return new URL(target, importer);
  const found = packages[target];
  if (found === undefined) throw new Error(`${target} is not in the list of browser packages`);
  const manifest = findPackageJSON(found.name, import.meta.url);
  if (manifest === undefined) throw new Error(`${found.name} is not installed: run npm ci`);
  return new URL(found.file, pathToFileURL(manifest));
}

/** `domain.session.js` for `src/domain/session.ts`, `valibot.dist.index.min.js` for a file of that package. */
function nameOf(url: URL): string {
  const inPackage = /^.*\/node_modules\/(.+)$/.exec(url.pathname)?.[1];
  const path = inPackage ?? url.href.slice(source.href.length);
  return path.replaceAll('/', '.').replace(/\.m?[jt]s$/, '.js');
}
