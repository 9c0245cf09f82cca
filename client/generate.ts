import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentOf } from '../src/http/openapi/document.ts';
import { routes } from '../src/http/routes/index.ts';

const run = promisify(execFile);

/** The generator needs a TypeScript with a compiler API, which this project's version does not have. */
const packages = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];

/** The gateway's OpenAPI document as it is served, and its SHA-256. */
export function currentDocument(): { json: string; hash: string } {
  const json = JSON.stringify(documentOf(routes));
  return { json, hash: createHash('sha256').update(json).digest('hex') };
}

/** Regenerates `schema.ts`; npm fetches the generator without installing it. */
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
    const head = `// The types of the OpenAPI document with the SHA-256 ${hash}; regenerate them with \`npm run client:types\`.\n`;
    await writeFile(join(import.meta.dirname, 'schema.ts'), `${head}${await readFile(types, 'utf8')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) await generate();
