import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { parse } from 'yaml';
import { isInactive, policyByReason } from '../../src/actors/session/policy/reconnect-policy.ts';
import { openPrometheus, type Prometheus } from '../../src/metrics/prometheus.ts';
import { tableUnder } from './support/markdown.ts';
import { read } from './support/project.ts';
import { groupingsIn, metricsIn } from './support/promql.ts';

/** What Prometheus itself adds to all that it reads. */
const added = new Set(['instance', 'job']);

interface Series {
  type: string;
  /** The values of each label. */
  labels: Map<string, Set<string>>;
}

/** All metrics that a gateway has when it has just started, or with each of them moved at least once. */
async function everySeries(state: 'new' | 'moved'): Promise<Map<string, Series>> {
  using prometheus = openPrometheus();
  prometheus.watch({
    stats: {
      statuses: () => new Map(),
      backlog: async () => ({ depth: 0, oldestAt: null }),
      unacknowledged: () => 0,
    },
    storeWorks: () => true,
    now: Date.now,
  });
  if (state === 'moved') move(prometheus);
  const text = await prometheus.read();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const found = new Map(types.map(([, name = '', type = '']) => [name, { type, labels: new Map() } as const]));
  for (const [, sample = '', inside = ''] of text.matchAll(/^([a-z]\w*)\{(.*)\} /gm)) {
    const labels = found.get(familyOf(sample, found))?.labels;
    for (const [, label, value] of inside.matchAll(/(\w+)="([^"]*)"/g)) {
      labels?.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return found;
}

function move({ metrics }: Prometheus): void {
  for (const reason of Object.keys(policyByReason)) metrics.reconnecting(reason);
  for (const status of [101, 200, 302, 404, 500, null]) metrics.requestCompleted({ route: null, status, ms: 1 });
  metrics.acknowledged(1);
}

/** The metric that a sample is of: a histogram has several kinds. */
function familyOf(sample: string, all: ReadonlyMap<string, unknown>): string {
  return all.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');
}

const series = await everySeries('moved');

/** What is wrong with the metrics that an expression asks for. */
function faultsIn(expression: string): string[] {
  const asked = metricsIn(expression);
  const labels = asked.flatMap(({ name }) => [...(series.get(familyOf(name, series))?.labels.keys() ?? [])]);
  const known = new Set([...added, 'le', ...labels]);
  const unknown = groupingsIn(expression).filter((label) => !known.has(label));
  return [...asked.flatMap(faultsOf), ...unknown.map((label) => `nothing has the label ${label}`)];
}

function faultsOf({ name, labels }: ReturnType<typeof metricsIn>[number]): string[] {
  const found = series.get(familyOf(name, series));
  if (found === undefined) return [`there is no ${name}`];
  return [...labels]
    .filter(([label]) => !added.has(label))
    .flatMap(([label, values]) => {
      const missing = values.filter((value) => found.labels.get(label)?.has(value) !== true);
      return missing.map((value) => `${name} has no ${label} ${value}`);
    });
}

const RulesSchema = v.strictObject({
  groups: v.array(
    v.strictObject({
      name: v.string(),
      rules: v.array(
        v.strictObject({
          alert: v.string(),
          expr: v.string(),
          for: v.optional(v.pipe(v.string(), v.regex(/^\d+[smh]$/))),
          labels: v.strictObject({ severity: v.picklist(['critical', 'warning']) }),
          annotations: v.strictObject({ summary: v.string() }),
        }),
      ),
    }),
  ),
});

const PanelSchema = v.looseObject({
  id: v.number(),
  title: v.string(),
  targets: v.optional(v.array(v.looseObject({ expr: v.string() })), []),
});

const DashboardSchema = v.looseObject({
  panels: v.array(PanelSchema),
  templating: v.looseObject({ list: v.array(v.looseObject({ name: v.string(), query: v.unknown() })) }),
});

test('a metric, a label or a value that does not exist is found', () => {
  assert.deepEqual(faultsIn('sum by (instance) (rate(troupe_sends_total{outcome="sent"}[5m]))'), []);
  assert.deepEqual(faultsIn('troupe_sent'), ['there is no troupe_sent']);
  assert.deepEqual(faultsIn('troupe_sends_total{outcome="lost"}'), ['troupe_sends_total has no outcome lost']);
  assert.deepEqual(faultsIn('sum by (session) (troupe_sends_total)'), ['nothing has the label session']);
});

test('every alert asks for metrics that exist, and has a name of its own', () => {
  const rules = v.parse(RulesSchema, parse(read('deploy/alerts.yaml'))).groups.flatMap((group) => group.rules);

  assert(rules.length > 10);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr } of rules) {
    assert(metricsIn(expr).length > 0, alert);
    assert.deepEqual(faultsIn(expr), [], alert);
  }
});

/** A counter that appears with its first event has not grown for Prometheus, and no alert on its growth fires. */
test('a session that loses its connection for the first time counts as one that has', async () => {
  const known = (await everySeries('new')).get('troupe_reconnects_total')?.labels.get('reason') ?? new Set();
  const restsForAWhile = ['replaced', 'client_outdated', 'temporarily_banned'];
  const tried = Object.entries(policyByReason).filter(
    ([reason, to]) => !isInactive(to) || restsForAWhile.includes(reason),
  );

  assert.deepEqual([...known].sort(), [...tried.map(([reason]) => reason), 'server_error_repeated'].sort());
});

test('every panel of the dashboard asks for metrics that exist, and all of ours are on it', () => {
  const dashboard = v.parse(DashboardSchema, JSON.parse(read('deploy/grafana-dashboard.json')));
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  for (const expression of expressions) {
    assert.deepEqual(faultsIn(expression.replaceAll('$instance', '.*')), [], expression);
  }
  assert.deepEqual(faultsIn(JSON.stringify(dashboard.templating.list)), []);
  const shown = new Set(expressions.flatMap(metricsIn).map(({ name }) => familyOf(name, series)));
  assert.deepEqual(
    [...series.keys()].filter((name) => !isOfNode(name) && !shown.has(name)),
    [],
  );
});

test('the page on observability names every metric with its kind and its labels, and no other', () => {
  const shown = tableUnder(read('docs/observability.md'), 'Series').map(([name = '', kind = '', labels = '']) => [
    name,
    kind,
    labels,
  ]);

  const ours = [...series].filter(([name]) => !isOfNode(name));
  assert.deepEqual(
    new Set(shown.map(String)),
    new Set(
      ours.map(([name, { type, labels }]) =>
        String([name, type, [...labels.keys()].filter((label) => label !== 'le').join(' ')]),
      ),
    ),
  );
});

/** What the library tells of any process. */
function isOfNode(name: string): boolean {
  return /^troupe_(nodejs|process)_/.test(name);
}
