import type { Chart, ChartState, ChartTransition } from '../../actors/inspection/statechart-graph.ts';

/** A statechart as a Mermaid state diagram (https://mermaid.js.org/syntax/stateDiagram.html). */
export function mermaidOf({ root, arrows }: Chart): string {
  return [
    'stateDiagram-v2',
    ...root.children.flatMap((state) => stateLines(state, 1)),
    ...arrows.map(arrowLine),
    '',
  ].join('\n');
}

function stateLines({ path, name, children }: ChartState, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const declared = `${indent}state ${JSON.stringify(name)} as ${idOf(path)}`;
  if (children.length === 0) return [declared];
  const initial = children.find(({ isInitial }) => isInitial);
  return [
    `${declared} {`,
    ...(initial === undefined ? [] : [`${indent}  [*] --> ${idOf(initial.path)}`]),
    ...children.flatMap((child) => stateLines(child, depth + 1)),
    `${indent}}`,
  ];
}

function arrowLine({ from, to, labels }: ChartTransition): string {
  return `  ${idOf(from)} --> ${idOf(to)} : ${labels.join(', ')}`;
}

function idOf(path: string): string {
  return path.replaceAll('.', '_');
}
