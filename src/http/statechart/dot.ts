import type { Chart, ChartState, ChartTransition } from '../../actors/inspection/statechart-graph.ts';

/** Lines drawn per label; with all of them the diagram would be unreadable. */
const maxLines = 3;

/**
 * A statechart in the DOT language of Graphviz. Every state becomes an element whose `id` is the state's path and whose
 * class is `state`, so that a page can highlight the active ones.
 */
export function dotOf({ root, arrows }: Chart): string {
  const states = new Map(statesIn(root).map((state) => [state.path, state]));
  return `digraph ${quoted(root.name)} {
compound=true; newrank=true; nodesep=0.35; ranksep=0.5; fontname="sans-serif"; fontsize=12; bgcolor="transparent";
node [shape=box, style="rounded", fontname="sans-serif", fontsize=11, margin="0.12,0.06", class="state"];
edge [fontname="sans-serif", fontsize=9, arrowsize=0.7];
${root.children.map(stateDot).join('\n')}
${arrows.map((arrow) => arrowDot(arrow, states)).join('\n')}
}`;
}

function stateDot({ path, name, children }: ChartState): string {
  if (children.length === 0) return `${quoted(path)} [id=${quoted(path)}, label=${quoted(name)}];`;
  const initial = children.find(({ isInitial }) => isInitial);
  return `subgraph ${quoted(`cluster ${path}`)} {
id=${quoted(path)}; class="state"; label=${quoted(name)}; labeljust="l"; style="rounded"; margin=10;
${children.map(stateDot).join('\n')}
${initial === undefined ? '' : initialDot(path, initial)}
}`;
}

/** The dot that points to the initial state. */
function initialDot(path: string, initial: ChartState): string {
  const dot = quoted(`${path} begins`);
  return `${dot} [shape=point, width=0.1, class="beginning"];
${dot} -> ${quoted(leafOf(initial).path)} [class="beginning"${border('lhead', initial)}];`;
}

function arrowDot({ from, to, labels }: ChartTransition, states: ReadonlyMap<string, ChartState>): string {
  const [source, target] = [states.get(from), states.get(to)];
  if (source === undefined || target === undefined) throw new Error(`unknown state ${from} or ${to}`);
  const shown = labels.slice(0, maxLines);
  if (labels.length > maxLines) shown.push(`… and ${labels.length - maxLines} more`);
  // Graphviz draws an arrow to the border of a state only from outside it.
  const tail = isWithin(target, source) ? '' : border('ltail', source);
  const head = isWithin(source, target) ? '' : border('lhead', target);
  const label = quoted(shown.join('\n'));
  return `${quoted(leafOf(source).path)} -> ${quoted(leafOf(target).path)} [label=${label}${tail}${head}];`;
}

/** Ends an arrow at the border of a compound state. */
function border(end: 'ltail' | 'lhead', { path, children }: ChartState): string {
  return children.length === 0 ? '' : `, ${end}=${quoted(`cluster ${path}`)}`;
}

/** Graphviz only draws arrows between leaves. */
function leafOf(state: ChartState): ChartState {
  const [first] = state.children;
  const next = state.children.find(({ isInitial }) => isInitial) ?? first;
  return next === undefined ? state : leafOf(next);
}

function isWithin(inner: ChartState, outer: ChartState): boolean {
  return inner.path === outer.path || inner.path.startsWith(`${outer.path}.`);
}

function statesIn(state: ChartState): ChartState[] {
  return [state, ...state.children.flatMap(statesIn)];
}

/** DOT and JSON strings are escaped the same way. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
