import { writeFile } from 'node:fs/promises';
import { openapiFile } from './openapi.ts';
import { sessionStatesPage } from './session-states.ts';

const docs = new URL('../../../docs/', import.meta.url);

await writeFile(new URL('session-states.md', docs), sessionStatesPage());
await writeFile(new URL('openapi.json', docs), openapiFile());
