import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StateDefinition, sessionDefinition } from '../../../src/actors/inspection/machine-definition.ts';
import { type ChartState, sessionChart } from '../../../src/actors/inspection/statechart-graph.ts';

function pathsIn({ path, children }: ChartState): string[] {
  return [path, ...children.flatMap(pathsIn)];
}

/** The paths of the states in a definition. */
function pathsOf({ states = {} }: StateDefinition, path: readonly string[]): string[] {
  return [path.join('.'), ...Object.entries(states).flatMap(([key, state]) => pathsOf(state, [...path, key]))];
}

test('every state of the machine is on the chart, under its path', () => {
  const paths = new Set(pathsIn(sessionChart.root));

  assert.deepEqual(paths, new Set(pathsOf(sessionDefinition, [])));
});

test('every state but the machine and the initial ones is the target of a transition', () => {
  const targets = new Set(sessionChart.arrows.map(({ to }) => to));
  const isReached = ({ path, children, isInitial }: ChartState): boolean =>
    isInitial || targets.has(path) || children.some(({ path: inner }) => targets.has(inner));
  const states = (state: ChartState): ChartState[] => [state, ...state.children.flatMap(states)];

  const unreached = states(sessionChart.root).filter((state) => state.path.includes('.') && !isReached(state));
  assert.deepEqual(
    unreached.map(({ path }) => path),
    [],
  );
});

test('every state has a description', () => {
  const mute = (state: ChartState): string[] => [
    ...(state.description === null && state.path !== '' ? [state.path] : []),
    ...state.children.flatMap(mute),
  ];

  assert.deepEqual(mute(sessionChart.root), []);
});

test('the definition has the names of actions and guards, and not their parameters', () => {
  const text = JSON.stringify(sessionDefinition);

  assert.ok(text.includes('"refuse"'));
  for (const word of ['params', 'message":', 'retryAfterMs', 'input', 'context']) assert.ok(!text.includes(word), word);
});
