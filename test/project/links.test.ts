import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf } from './support/markdown.ts';
import { read, root } from './support/project.ts';

const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'client/README.md',
  'simulator/README.md',
  ...docs.map((name) => `docs/${name}`),
];

for (const page of pages) {
  test(`every link of ${page} to a file or a heading of the project leads somewhere`, () => {
    for (const link of linksOf(read(page))) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      assert(existsSync(join(root, target)), link);
      if (anchor !== undefined) assert(anchorsOf(read(target)).has(anchor), link);
    }
  });
}

test('anchors and links are found', () => {
  const markdown = '# One `two`, three …\n\n```sh\n# no heading\n```\n\n[a](b.md#c) [d](https://e.example) [f](#g)\n';

  assert.deepEqual(anchorsOf(markdown), new Set(['one-two-three-']));
  assert.deepEqual(linksOf(markdown), ['b.md#c', '#g']);
});
