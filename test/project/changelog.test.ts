import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentSchema } from '../../src/store/engine/sqlite/schema.ts';
import { tableUnder } from './support/markdown.ts';
import { packageJson, read } from './support/project.ts';

const changelog = read('CHANGELOG.md');

/** The changelog's headings for releases, newest first. */
const releases = [...changelog.matchAll(/^## \[(.*)\] - (.*)$/gm)].map(([, version = '', date = '']) => {
  return { version, date };
});

/** The releases and the schemas that the upgrade page lists. */
const upgrades = tableUnder(read('docs/upgrading.md'), 'Releases and what they store').map(
  ([version = '', schema = '', readers = '']) => ({ version, schema: Number(schema), readers: readers.split(', ') }),
);

test('the changelog begins with the version of the package, and only that one may be unreleased', () => {
  assert.equal(releases[0]?.version, packageJson.version);
  for (const { version, date } of releases) {
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.match(date, version === packageJson.version ? /^(?:Unreleased|\d{4}-\d\d-\d\d)$/ : /^\d{4}-\d\d-\d\d$/);
  }
});

test('the changelog has every release as a section, newest first, and sorts changes as Keep a Changelog does', () => {
  const sections = [...changelog.matchAll(/^## .*$/gm)];
  const kinds = [...changelog.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);
  const versions = releases.map(({ version }) => version);
  const ordered = versions.toSorted((one, other) => other.localeCompare(one, 'en', { numeric: true }));

  assert.equal(sections.length, releases.length);
  assert.deepEqual(versions, ordered);
  for (const kind of kinds) {
    assert(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(kind ?? ''), kind);
  }
});

test('the upgrade page says of every release what it stores and who may read that', () => {
  const versions = releases.map(({ version }) => version);

  assert.deepEqual(
    upgrades.map(({ version }) => version),
    versions,
  );
  assert.equal(upgrades[0]?.schema, currentSchema);
  for (const { version, readers } of upgrades) {
    assert(readers.includes(version), `${version} reads its own data`);
    assert(readers.includes(packageJson.version), `this release reads the data of ${version}`);
    for (const reader of readers) assert(versions.includes(reader), reader);
  }
});
