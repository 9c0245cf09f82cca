import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const ProfileSchema = v.object({
  nodes: v.array(
    v.object({
      id: v.number(),
      callFrame: v.object({ functionName: v.string(), url: v.string(), lineNumber: v.number() }),
      children: v.optional(v.array(v.number())),
    }),
  ),
  samples: v.array(v.number()),
  timeDeltas: v.array(v.number()),
});

type ProfileNode = v.InferOutput<typeof ProfileSchema>['nodes'][number];

const root = join(import.meta.dirname, '..');
const listed = 25;

/**
 * Summarises a profile in milliseconds per send: by package or folder, with time in Node itself attributed to the caller,
 * then by function.
 */
export async function summarize(path: string, sends: number): Promise<string> {
  const { nodes, samples, timeDeltas } = v.parse(ProfileSchema, JSON.parse(await readFile(path, 'utf8')));
  const owners = ownersOf(nodes);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [byOwner, byFunction] = [new Map<string, number>(), new Map<string, number>()];
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    if (node === undefined || isIdle(node)) continue;
    const ms = (timeDeltas[index] ?? 0) / 1_000 / sends;
    add(byOwner, owners.get(id) ?? 'node', ms);
    add(byFunction, nameOf(node, owners.get(id) ?? 'node'), ms);
  }
  return [...table(byOwner), '', ...table(byFunction)].join('\n');
}

/** The start and end of the profiler are not work of the program. */
function isIdle({ callFrame: { functionName, url } }: ProfileNode): boolean {
  return functionName === '(idle)' || url === 'node:inspector';
}

/** The package or folder that each node is attributed to. Parents precede their children in a profile. */
function ownersOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const owners = new Map<number, string>();
  for (const { id, callFrame } of nodes) {
    const inherited = owners.get(parents.get(id) ?? 0);
    const owner = callFrame.functionName.startsWith('(') && callFrame.url === '' ? callFrame.functionName : undefined;
    const own = owner === '(root)' ? undefined : owner;
    owners.set(id, own ?? folderOf(callFrame.url) ?? inherited ?? 'node');
  }
  return owners;
}

/** The package or the folder of ours that a file belongs to; undefined for Node's own. */
function folderOf(url: string): string | undefined {
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (name !== undefined) return name;
  const path = url.replace('file://', '');
  return path.startsWith(root) ? path.slice(root.length + 1).replace(/\/[^/]+$/, '') : undefined;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode, owner: string): string {
  const file = url === '' ? 'native' : url.replace(/.*\//, '');
  return `${functionName === '' ? '(anonymous)' : functionName}  ${file}:${lineNumber + 1}, for ${owner}`;
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}

function table(sums: ReadonlyMap<string, number>): string[] {
  const sorted = [...sums].sort(([, a], [, b]) => b - a).slice(0, listed);
  return sorted.map(([name, ms]) => `${ms.toFixed(3).padStart(9)}  ${name}`);
}
