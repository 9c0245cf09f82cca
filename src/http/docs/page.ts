import type { Document, Operation, SecurityScheme } from '../openapi/document-types.ts';
import { type Html, html, inline, paragraphs } from './html.ts';
import { operationView, sharedResponseView } from './operation-view.ts';
import { schemaView } from './schema-view.ts';

interface PlacedOperation {
  path: string;
  method: string;
  operation: Operation;
}

/** An OpenAPI document as a page without scripts and without resources of other origins. */
export function pageOf(document: Document): string {
  const { info, tags, components } = document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = tags.map((tag) => tagView(document, tag, operations));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API ${info.version}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<h1>${info.title} API ${info.version}</h1>
${paragraphs(info.description)}
<p>Also available as an OpenAPI document: <a href="/openapi.json">openapi.json</a></p>
</header>
<nav aria-label="Sections"><ul>
${tags.map(({ name }) => html`<li><a href="#${anchorOf(name)}">${name}</a></li>`)}
<li><a href="#credentials">Credentials</a></li>
<li><a href="#errors">Errors</a></li>
<li><a href="#schemas">Schemas</a></li>
</ul></nav>
<main>
${sections}
<section id="credentials"><h2>Credentials</h2><ul>${Object.values(components.securitySchemes).map(schemeView)}</ul></section>
<section id="errors"><h2>Errors</h2>
${Object.entries(components.responses).map(([name, response]) => sharedResponseView(document, name, response))}
</section>
<section id="schemas"><h2>Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => html`<article id="schema-${name}"><h3>${name}</h3>${schemaView(schema)}</article>`)}
</section>
</main>
</body>
</html>
`.text;
}

function tagView(document: Document, tag: Document['tags'][number], all: readonly PlacedOperation[]): Html {
  const mine = all.filter(({ operation }) => operation.tags.includes(tag.name));
  return html`<section id="${anchorOf(tag.name)}"><h2>${tag.name}</h2><p>${inline(tag.description)}</p>
${mine.map(({ method, path, operation }) => operationView(document, method, path, operation))}
</section>
`;
}

function schemeView({ description, name = 'Authorization', in: place = 'header' }: SecurityScheme): Html {
  return html`<li><code>${name}</code> <span class="place">${place}</span> <span class="note">${inline(description)}</span></li>`;
}

function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
