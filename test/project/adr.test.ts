import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tableUnder } from './support/markdown.ts';
import { read, root } from './support/project.ts';

const folder = 'docs/adr';
const records = globSync('[0-9]*.md', { cwd: join(root, folder) }).toSorted();

test('decisions are numbered without a gap, and all of them are listed with their titles', () => {
  const listed = tableUnder(read(`${folder}/README.md`), 'Decisions').map(([number = '', title = '']) => {
    return { file: /\((.*)\)/.exec(number)?.[1], title };
  });
  const titles = records.map((file, index) => {
    const [, number, title] = /^# (\d+)\. (.*)\n/.exec(read(join(folder, file))) ?? [];
    assert.equal(number, String(index + 1), file);
    assert(file.startsWith(`${String(index + 1).padStart(4, '0')}-`), file);
    return { file, title };
  });

  assert(records.length > 0);
  assert.deepEqual(listed, titles);
});

test('each decision has a status and says why, what, what follows and what else there was', () => {
  for (const file of records) {
    const text = read(join(folder, file));
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

    assert.match(text, /^Status: (?:proposed|accepted|superseded by \d+), \d{4}-\d\d-\d\d$/m, file);
    assert.deepEqual(headings, ['Context', 'Decision', 'Consequences', 'Alternatives'], file);
  }
});
