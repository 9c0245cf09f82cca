import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf } from './support/markdown.ts';
import { pages, read, root } from './support/project.ts';

test('the pages are found, in folders too', () => {
  for (const page of ['README.md', 'SECURITY.md', 'docs/cluster.md', 'docs/adr/README.md', 'client/README.md'])
    assert(pages.includes(page), page);
});

test('the README leads to every page of docs/, directly or through an index', () => {
  const index = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/adr/README.md'];
  const linked = index.flatMap((page) =>
    linksOf(read(page)).map((link) => join(dirname(page), link.split('#')[0] ?? '')),
  );

  for (const page of pages.filter((name) => name.startsWith('docs/')))
    assert(linked.includes(page) || index.includes(page), page);
});

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
