import { writeFile } from 'node:fs/promises';
import { sessionStatesPage } from './session-states.ts';

await writeFile(new URL('../../../docs/session-states.md', import.meta.url), sessionStatesPage());
