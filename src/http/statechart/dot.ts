import type { Chart, ChartState, ChartTransition } from '../../actors/inspection/statechart-graph.ts';

/** Lines of a label that are drawn; a picture with all of them cannot be read. */
const maxLines = 3;

/**
 * A statechart in the DOT language of Graphviz. Every state becomes an element whose `id` is the state's path and whose
 * class is `state`, so that a page can show which ones are active.
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
  const beginning = children.find(({ isInitial }) => isInitial);
  return `subgraph ${quoted(`cluster ${path}`)} {
id=${quoted(path)}; class="state"; label=${quoted(name)}; labeljust="l"; style="rounded"; margin=10;
${children.map(stateDot).join('\n')}
${beginning === undefined ? '' : beginningDot(path, beginning)}
}`;
}

/** The dot that shows where a state begins. */
function beginningDot(path: string, beginning: ChartState): string {
  const dot = quoted(`${path} begins`);
  return `${dot} [shape=point, width=0.1, class="beginning"];
${dot} -> ${quoted(leafOf(beginning).path)} [class="beginning"${border('lhead', beginning)}];`;
}

function arrowDot({ from, to, labels }: ChartTransition, states: ReadonlyMap<string, ChartState>): string {
  const [source, target] = [states.get(from), states.get(to)];
  if (source === undefined || target === undefined) throw new Error(`there is no state ${from} or ${to}`);
  const shown = labels.slice(0, maxLines);
  if (labels.length > maxLines) shown.push(`… and ${labels.length - maxLines} more`);
  // Graphviz draws an arrow to the border of a state only from outside of it.
  const tail = isWithin(target, source) ? '' : border('ltail', source);
  const head = isWithin(source, target) ? '' : border('lhead', target);
  const label = quoted(shown.join('\n'));
  return `${quoted(leafOf(source).path)} -> ${quoted(leafOf(target).path)} [label=${label}${tail}${head}];`;
}

/** Lets an arrow end at the border of a state that has others within. */
function border(end: 'ltail' | 'lhead', { path, children }: ChartState): string {
  return children.length === 0 ? '' : `, ${end}=${quoted(`cluster ${path}`)}`;
}

/** Graphviz knows arrows between leaves only. */
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

/** What JSON escapes, DOT does as well. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
