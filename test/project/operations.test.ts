import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { parse } from 'yaml';
import { logLinesIn } from './support/log-lines.ts';
import { tableUnder } from './support/markdown.ts';
import { pages, read, root } from './support/project.ts';

const page = read('docs/operations.md');

/** The first column of a table of the page. */
function firstColumn(heading: string): string[] {
  return tableUnder(page, heading).map(([first = '']) => first);
}

const AlertsSchema = v.object({
  groups: v.array(v.object({ rules: v.array(v.object({ alert: v.string() })) })),
});

test('the runbook says what to do about every alert, and about no other', () => {
  const { groups } = v.parse(AlertsSchema, parse(read('deploy/alerts.yaml')));
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

  assert(alerts.length > 10);
  assert.deepEqual(firstColumn('Alerts'), alerts);
});

test('the runbook names every line that the log can have from level info on, and no other', () => {
  const modules = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const lines = modules.filter((name) => name.endsWith('.ts')).flatMap((name) => logLinesIn(read(join('src', name))));

  assert(lines.length > 30);
  assert.deepEqual(new Set(firstColumn('Log lines')), new Set(lines));
});

test('the runbook names every check of the doctor', () => {
  const names = readdirSync(join(root, 'src/commands/doctor'))
    .map((name) => read(join('src/commands/doctor', name)))
    .concat(read('src/commands/doctor.ts'))
    .flatMap((code) => [...code.matchAll(/(?:name: |check\()'([a-z ]+)'/g)].map(([, name = '']) => name));

  assert(names.length > 8);
  assert.deepEqual(new Set(firstColumn('Check an installation')), new Set(names));
});

test('pages name only commands that exist', () => {
  const named = pages.flatMap((name) => [
    ...read(name).matchAll(/(?:bin\/troupe|(?:troupe|gateway-1|--) troupe|`troupe) (--help|[a-z][\w-]*)/g),
  ]);

  assert(named.length > 15);
  for (const [, name = ''] of named) {
    assert(name === '--help' || existsSync(join(root, `src/commands/${name}.ts`)), name);
  }
});

test('lines of the log are found in code', () => {
  const code = `
    logger.info({ a: f('x') }, 'one');
    this.#logger.error(
      { nextAttemptAt: at },
      'two',
    );
    logger[levelOf(state)]({ a }, 'three');
    logger.debug('not this one');
    const onWarning = (sentence: string) => logger.warn(sentence);
  `;

  assert.deepEqual(logLinesIn(code), ['one', 'two', 'three']);
});
