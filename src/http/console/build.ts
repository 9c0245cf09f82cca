import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { modulesFrom } from './modules.ts';
import { shellOf } from './shell.ts';

/** A file that the console's page loads. */
export interface Asset {
  mediaType: string;
  bytes: Buffer;
  gzipped: Buffer;
}

/** The console as it is served: its page and the assets by name. */
export interface Console {
  page: string;
  /** A hash of all assets, which is part of their paths: the bytes at a path never change. */
  build: string;
  assets: ReadonlyMap<string, Asset>;
}

const compress = promisify(gzip);
const page = new URL('page/', import.meta.url);
const stylesheets = [
  'style/tokens.css',
  'style/layout.css',
  'style/controls.css',
  'style/views.css',
  'style/chart.css',
];

/** Builds the console for browsers from its source files. Rejects when one is missing. */
export async function buildConsole(): Promise<Console> {
  const modules = await modulesFrom(new URL('main.ts', page));
  const styles = await Promise.all(stylesheets.map((name) => readFile(new URL(name, page), 'utf8')));
  const texts = new Map([
    ...modules.map(({ name, text }) => [name, { mediaType: 'text/javascript', text }] as const),
    ['style.css', { mediaType: 'text/css', text: styles.join('\n') }],
    ['icon.svg', { mediaType: 'image/svg+xml', text: await readFile(new URL('icon.svg', page), 'utf8') }],
  ]);
  const build = hashOf([...texts].map(([name, { text }]) => `${name}\n${text}`));
  const assets = new Map<string, Asset>();
  for (const [name, { mediaType, text }] of texts) {
    const bytes = Buffer.from(text);
    assets.set(name, { mediaType, bytes, gzipped: await compress(bytes) });
  }
  return { page: shellOf(`console/${build}`, modules), build, assets };
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 16);
}
