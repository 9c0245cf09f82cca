import type { StateValue } from 'xstate';
import { type Chart, type ChartState, sessionChart } from '../../../src/actors/inspection/statechart-graph.ts';
import { initialContext } from '../../../src/actors/session/context.ts';
import { sessionMachine } from '../../../src/actors/session/machine.ts';
import { statusOf } from '../../../src/actors/session/status.ts';
import { mermaidOf } from '../../../src/http/statechart/mermaid.ts';

/** The page `docs/session-states.md`, as the machine is now. */
export function sessionStatesPage(): string {
  const [lifecycle, delivery] = sessionChart.root.children;
  if (lifecycle === undefined || delivery === undefined) throw new Error('the machine has two regions');
  return `# The states of a session

Made from the state machine by \`npm run docs\`; a test sees to it that it stays true. \`GET /api/v1/sessions/{session}/inspect/definition\` gives the same machine as JSON, as a picture (\`accept: image/svg+xml\`) and as a diagram (\`accept: text/vnd.mermaid\`); \`GET /api/v1/sessions/{session}/inspect\` shows a session's way through it, live.

A session is in one state of each of two regions: \`lifecycle\` is the connection, \`delivery\` the send that is being carried out.

## lifecycle

${lifecycle.description}

${diagramOf(lifecycle)}

| state | status in the API | what it is |
|---|---|---|
${rowsOf(lifecycle, (state) => ` ${statusesOf(state)} |`)}

A session is \`pairing\` in place of \`connecting\` as long as it has no number.

## delivery

${delivery.description}

${diagramOf(delivery)}

| state | what it is |
|---|---|
${rowsOf(delivery, () => '')}

## How it goes from one state to another

A name in brackets is a condition; \`done\` and \`error\` tell how an actor ended; \`always\` needs nothing to happen.

| from | to | on |
|---|---|---|
${sessionChart.arrows.map(({ from, to, labels }) => `| \`${from}\` | \`${to}\` | ${labels.join(', ')} |`).join('\n')}
`;
}

/** One region as a diagram. */
function diagramOf(region: ChartState): string {
  const isInside = (path: string) => path.startsWith(`${region.path}.`);
  const arrows = sessionChart.arrows.filter(({ from, to }) => isInside(from) && isInside(to));
  const chart: Chart = { root: { ...region, path: '', children: region.children }, arrows };
  return `\`\`\`mermaid\n${mermaidOf(chart)}\`\`\``;
}

function rowsOf({ children }: ChartState, more: (state: ChartState) => string): string {
  return children
    .flatMap(function rows(state): string[] {
      return [`| \`${state.path}\` |${more(state)} ${state.description} |`, ...state.children.flatMap(rows)];
    })
    .join('\n');
}

/** What the API calls a state, of a session that has a number. */
function statusesOf({ path, children }: ChartState): string {
  if (children.length > 0) return '';
  const account = { jid: '1@s.whatsapp.net', lid: null, phone: '1' };
  const input = { organization: '', session: '', resting: null, queue: 'unknown', activeAt: null } as const;
  const context = initialContext({ input: { ...input, account, seed: 0, sendTimeoutMs: 0 } });
  const [, ...keys] = path.split('.');
  const lifecycle = keys.reduceRight<StateValue>((value, key) => (value === '' ? key : { [key]: value }), '');
  return `\`${statusOf(sessionMachine.resolveState({ value: { lifecycle, delivery: 'idle' }, context }))}\``;
}
