import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf } from './support/markdown.ts';
import { read, root } from './support/project.ts';

const pages = ['*.md', '{docs,client,simulator,examples,deploy,.github}/**/*.md'].flatMap((pattern) =>
  globSync(pattern, { cwd: root }),
);

test('the pages are found, in folders too', () => {
  for (const page of ['README.md', 'SECURITY.md', 'docs/cluster.md', 'client/README.md'])
    assert(pages.includes(page), page);
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
