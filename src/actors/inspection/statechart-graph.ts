import { sessionMachine } from '../session/machine.ts';

/** A state as it is drawn. */
export interface ChartState {
  /** The keys of its ancestors and its own, joined by dots. Empty for the machine. */
  path: string;
  name: string;
  description: string | null;
  /** Whether it is the initial state of its parent. */
  isInitial: boolean;
  children: readonly ChartState[];
  /** The actors that run while the state is active. */
  actors: readonly string[];
}

/** The transitions from one state to another. */
export interface ChartTransition {
  from: string;
  to: string;
  /** Events and guards, in the order of the machine. */
  labels: readonly string[];
}

/** A statechart to be drawn: its states, and the transitions that have a target. */
export interface Chart {
  root: ChartState;
  arrows: readonly ChartTransition[];
}

/** The drawn part of XState's state nodes. */
interface Node {
  key: string;
  path: string[];
  description?: string;
  states: Record<string, Node>;
  initial: { target: readonly { path: string[] }[] };
  type: string;
  invoke: readonly { id: string; src: unknown }[];
  transitions: ReadonlyMap<string, readonly Transition[]>;
  always?: readonly Transition[];
}

interface Transition {
  target: readonly { path: string[] }[] | undefined;
  guard?: unknown;
}

/** The chart of the session machine. */
export const sessionChart: Chart = chartOf(sessionMachine.root);

function chartOf(root: Node): Chart {
  const arrows = new Map<string, { from: string; to: string; labels: Set<string> }>();
  for (const node of nodesIn(root)) {
    for (const { to, label } of transitionsFrom(node)) {
      const from = pathOf(node);
      const arrow = arrows.get(`${from} ${to}`) ?? { from, to, labels: new Set() };
      arrow.labels.add(label);
      arrows.set(`${from} ${to}`, arrow);
    }
  }
  return {
    root: stateOf(root, true),
    arrows: [...arrows.values()].map(({ from, to, labels }) => ({ from, to, labels: [...labels] })),
  };
}

function stateOf(node: Node, isInitial: boolean): ChartState {
  const first = node.type === 'compound' ? node.initial.target[0] : undefined;
  return {
    path: pathOf(node),
    name: node.key,
    description: node.description ?? null,
    isInitial,
    children: Object.values(node.states).map((child) => stateOf(child, pathOf(child) === (first && pathOf(first)))),
    actors: node.invoke.map(({ src }) => String(src)),
  };
}

function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesIn(child);
}

function* transitionsFrom(node: Node): Generator<{ to: string; label: string }> {
  const entries = [...node.transitions, ['', node.always ?? []] as const];
  for (const [event, transitions] of entries) {
    for (const { target, guard } of transitions) {
      for (const to of target ?? []) yield { to: pathOf(to), label: labelOf(event, guard, node) };
    }
  }
}

function labelOf(event: string, guard: unknown, { invoke }: Node): string {
  const name = eventName(event, invoke);
  const condition = guardName(guard);
  return [name, ...(condition === null ? [] : [`[${condition}]`])].filter((part) => part !== '').join(' ') || 'always';
}

/** XState's own events have ids of states and actors in their names. */
function eventName(event: string, invoke: Node['invoke']): string {
  const delay = /^xstate\.after\.([^.]+)\./.exec(event)?.[1];
  if (delay !== undefined) return `after ${/^\d+$/.test(delay) ? `${Number(delay) / 1_000} s` : delay}`;
  const [, kind, id] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event) ?? [];
  if (kind === undefined) return event;
  return `${kind} ${String(invoke.find((actor) => actor.id === id)?.src ?? id)}`;
}

function guardName(guard: unknown): string | null {
  if (typeof guard === 'string') return guard;
  if (typeof guard !== 'object' || guard === null || !('type' in guard)) return null;
  const params = 'params' in guard && typeof guard.params === 'string' ? ` ${guard.params}` : '';
  return `${String(guard.type)}${params}`;
}

function pathOf({ path }: { path: readonly string[] }): string {
  return path.join('.');
}
