import { readFileSync } from 'node:fs';
import { pageOf } from '../docs/page.ts';
import { documentOf } from '../openapi/document.ts';
import { contentSecurityPolicy } from '../response/csp.ts';
import type { Route } from '../routing/route.ts';
import { staticRoute } from '../routing/static-route.ts';

/** The page has no scripts, and takes its style from here. */
const policy = contentSecurityPolicy("style-src 'self'");

/** What tells of the routes, which are asked for only when somebody wants to know. */
export function documentation(routes: () => readonly Route[]): readonly Route[] {
  return [
    staticRoute({
      id: 'getOpenApi',
      path: '/openapi.json',
      summary: 'Get this API as an OpenAPI 3.1 document',
      mediaType: 'application/json',
      text: () => JSON.stringify(documentOf(routes())),
    }),
    staticRoute({
      id: 'getDocs',
      path: '/docs',
      summary: 'Read this API as a page',
      mediaType: 'text/html',
      headers: { 'Content-Security-Policy': policy },
      text: () => pageOf(documentOf(routes())),
    }),
    staticRoute({
      id: 'getDocsStyle',
      path: '/docs/style.css',
      summary: 'Get how that page looks',
      mediaType: 'text/css',
      text: () => readFileSync(new URL('../docs/style.css', import.meta.url), 'utf8'),
    }),
  ];
}
