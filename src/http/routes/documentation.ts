import { readFileSync } from 'node:fs';
import { pageOf } from '../docs/page.ts';
import { documentOf } from '../openapi/document.ts';
import { contentSecurityPolicy } from '../response/csp.ts';
import type { Route } from '../routing/route.ts';
import { staticRoute } from '../routing/static-route.ts';

/** The page has no scripts, and one stylesheet of this origin. */
const policy = contentSecurityPolicy("style-src 'self'");

/** The documentation routes. `routes` is called only when one of them is requested, as the list contains them. */
export function documentation(routes: () => readonly Route[]): readonly Route[] {
  return [
    staticRoute({
      id: 'getOpenApi',
      path: '/openapi.json',
      summary: 'Get the OpenAPI 3.1 document of this API',
      mediaType: 'application/json',
      text: () => JSON.stringify(documentOf(routes())),
    }),
    staticRoute({
      id: 'getDocs',
      path: '/docs',
      summary: 'Read the API documentation as a web page',
      mediaType: 'text/html',
      headers: { 'Content-Security-Policy': policy },
      text: () => pageOf(documentOf(routes())),
    }),
    staticRoute({
      id: 'getDocsStyle',
      path: '/docs/style.css',
      summary: 'Get the stylesheet of that page',
      mediaType: 'text/css',
      text: () => readFileSync(new URL('../docs/style.css', import.meta.url), 'utf8'),
    }),
  ];
}
