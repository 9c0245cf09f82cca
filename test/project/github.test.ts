import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import * as v from 'valibot';
import { parse } from 'yaml';
import { packageJson, read, root } from './support/project.ts';

const StepSchema = v.pipe(
  v.strictObject({
    uses: v.optional(v.string()),
    with: v.optional(v.record(v.string(), v.unknown())),
    run: v.optional(v.string()),
    if: v.optional(v.string()),
  }),
  v.check(({ uses, run }) => (uses === undefined) !== (run === undefined), 'a step uses an action or runs a command'),
);

const WorkflowSchema = v.strictObject({
  name: v.string(),
  on: v.record(v.string(), v.unknown()),
  permissions: v.strictObject({ contents: v.literal('read') }),
  concurrency: v.strictObject({ group: v.string(), 'cancel-in-progress': v.boolean() }),
  jobs: v.record(
    v.string(),
    v.strictObject({
      'runs-on': v.string(),
      container: v.optional(v.string()),
      'timeout-minutes': v.number(),
      steps: v.array(StepSchema),
    }),
  ),
});

const FormSchema = v.strictObject({
  name: v.string(),
  description: v.string(),
  labels: v.array(v.string()),
  body: v.array(
    v.looseObject({
      type: v.picklist(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']),
      id: v.optional(v.string()),
      attributes: v.record(v.string(), v.unknown()),
    }),
  ),
});

const RenovateSchema = v.looseObject({
  rangeStrategy: v.literal('pin'),
  automerge: v.literal(false),
  packageRules: v.array(
    v.looseObject({
      groupName: v.string(),
      matchPackageNames: v.array(v.string()),
      automerge: v.optional(v.literal(false)),
    }),
  ),
});

const workflow = v.parse(WorkflowSchema, parse(read('.github/workflows/ci.yml')));
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const forms = globSync('.github/ISSUE_TEMPLATE/!(config).yml', { cwd: root });

test('the workflow runs all checks, on the machine that they ask for', () => {
  const { checks } = workflow.jobs;

  assert.match(read('.ci/run'), /A bare Debian 12 with Node 20/);
  assert.equal(checks?.container, 'node:20-bookworm');
  assert.equal(checks?.steps.at(-1)?.run, '.ci/run');
  assert.deepEqual(Object.keys(workflow.on), ['push', 'pull_request']);
});

test('actions are named with their major version, and none gets a secret or keeps a credential', () => {
  const used = steps.flatMap(({ uses, with: given }) => (uses === undefined ? [] : [{ uses, given }]));

  assert(used.length > 0);
  for (const { uses, given } of used) {
    assert.match(uses, /^actions\/[\w-]+@v\d+$/);
    assert.deepEqual(given, { 'persist-credentials': false });
  }
  assert.doesNotMatch(read('.github/workflows/ci.yml'), /secrets\./);
});

test('each issue form can be filled in: it has questions, each with an id of its own', () => {
  assert.deepEqual(forms.toSorted(), ['.github/ISSUE_TEMPLATE/bug.yml', '.github/ISSUE_TEMPLATE/feature.yml']);
  for (const path of forms) {
    const questions = v.parse(FormSchema, parse(read(path))).body.filter(({ type }) => type !== 'markdown');
    const ids = questions.map(({ id }) => id);
    assert(!ids.includes(undefined), path);
    assert.equal(new Set(ids).size, questions.length, path);
  }
  assert.deepEqual(parse(read('.github/ISSUE_TEMPLATE/config.yml')), { blank_issues_enabled: false });
});

test('a report of a fault comes with what the doctor says, and a warning about secrets', () => {
  const bug = read('.github/ISSUE_TEMPLATE/bug.yml');

  assert.match(bug, /troupe doctor --json/);
  assert.match(bug, /Never paste credentials/);
});

test('updates of dependencies are pinned and grouped, and those that need a person name packages that are used', () => {
  const { packageRules } = v.parse(RenovateSchema, JSON.parse(read('renovate.json')));
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  const used = new Set(['node', ...Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })]);
  const byHand = packageRules.filter((rule) => rule.automerge === false).flatMap((rule) => rule.matchPackageNames);

  for (const name of packageRules.flatMap((rule) => rule.matchPackageNames)) {
    assert(used.has(name.replace(/^!/, '')), name);
  }
  for (const name of ['@whiskeysockets/baileys', 'xstate']) assert(byHand.includes(name), name);
});
