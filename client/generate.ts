import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentOf } from '../src/http/openapi/document.ts';
import { routes } from '../src/http/routes/index.ts';

const run = promisify(execFile);

/** The generator wants a TypeScript that has an API for programs, which the one of this project has not. */
const packages = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];

/** The OpenAPI document of the gateway as it is served, and what it is known by. */
export function currentDocument(): { json: string; hash: string } {
  const json = JSON.stringify(documentOf(routes));
  return { json, hash: createHash('sha256').update(json).digest('hex') };
}

/** Writes `schema.ts` anew; npm fetches the generator for it and installs nothing. */
async function generate(): Promise<void> {
  const { json, hash } = currentDocument();
  const folder = await mkdtemp(join(tmpdir(), 'troupe-client-'));
  try {
    const [document, types] = [join(folder, 'openapi.json'), join(folder, 'schema.ts')];
    await writeFile(document, json);
    const fetched = packages.flatMap((name) => ['--package', name]);
    await run('npm', ['exec', '--yes', ...fetched, '--', 'openapi-typescript', document, '--output', types], {
      cwd: folder,
    });
    const head = `// The types of the OpenAPI document with the SHA-256 ${hash}. \`npm run client:types\` makes them anew.\n`;
    await writeFile(join(import.meta.dirname, 'schema.ts'), `${head}${await readFile(types, 'utf8')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) await generate();
