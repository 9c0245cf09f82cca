import { documentOf } from '../../../src/http/openapi/document.ts';
import { routes } from '../../../src/http/routes/index.ts';

/** The file `docs/openapi.json`, as the routes declare the API now. */
export function openapiFile(): string {
  return `${JSON.stringify(documentOf(routes), null, 2)}\n`;
}
