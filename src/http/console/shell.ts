import { html } from '../docs/html.ts';
import type { BrowserModule } from './modules.ts';

/**
 * The page itself, without data. `folder` is the path of its assets relative to the page, so that the console also
 * works under the path prefix of a proxy. The first of the modules is the entry.
 */
export function shellOf(folder: string, [entry, ...others]: readonly BrowserModule[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Troupe console</title>
<link rel="icon" type="image/svg+xml" href="${folder}/icon.svg">
<link rel="stylesheet" href="${folder}/style.css">
${others.map(({ name }) => html`<link rel="modulepreload" href="${folder}/${name}">\n`)}<script type="module" src="${folder}/${entry?.name ?? ''}"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. See the <a href="docs">API documentation</a>.</noscript>
</body>
</html>
`.text;
}
