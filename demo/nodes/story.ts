import * as v from 'valibot';
import { Caller, RefusedError } from '../caller.ts';
import { newSession, scan } from '../linking.ts';
import type { Report } from '../story.ts';
import type { NodeProcess } from './node-process.ts';
import type { NodesStage } from './stage.ts';

const SentSchema = v.object({ waMessageId: v.string() });
const ListSchema = v.object({
  data: v.array(
    v.object({
      id: v.string(),
      status: v.string(),
      nodeId: v.nullable(v.string()),
      phoneNumber: v.nullable(v.string()),
    }),
  ),
});

type Seen = v.InferOutput<typeof ListSchema>['data'][number];

/** A node and a client of it. */
interface NodeClient {
  node: NodeProcess;
  caller: Caller;
}

/**
 * Runs the demo of several nodes and reports each step: links numbers, sends a message through a node that does not own
 * the number, kills a node, and waits until other nodes have taken over its numbers and sent what was queued.
 */
export async function runNodesDemo(stage: NodesStage, report: Report, signal: AbortSignal): Promise<void> {
  const clients = stage.nodes.map((node) => ({ node, caller: new Caller(node.url, stage.token, signal) }));
  const [first, ...others] = clients;
  const last = others.at(-1);
  if (first === undefined || last === undefined) throw new Error('several nodes are two or more');
  introduce(stage, report);
  await linkAll(clients, stage, report);
  const [session] = (await sessionsSeenBy(first)).filter(({ nodeId }) => nodeId === first.node.nodeId);
  if (session === undefined) throw new Error('the first node has no number');
  await sendThrough(last, session, stage, report);
  const queued = await queueAndKill(first, last, session, stage, report);
  await comeBack(first, last, report);
  await arrive(queued, session, stage, report);
}

function introduce({ simulator, redisUrl, nodes }: NodesStage, report: Report): void {
  report(`A simulated WhatsApp runs at ${simulator.url}`);
  report(
    `${nodes.length} gateways share the Redis at ${new URL(redisUrl).host}`,
    ...nodes.map(({ nodeId, url }) => `${nodeId} at ${url}`),
  );
}

async function linkAll(clients: readonly NodeClient[], { simulator }: NodesStage, report: Report): Promise<void> {
  for (const [index, { caller }] of [...clients, ...clients].entries()) {
    await scan(caller, await newSession(caller), simulator, `1555123456${index}`);
  }
  const [first] = clients;
  if (first !== undefined)
    report('Two numbers were linked through each of them', ...(await sessionsSeenBy(first)).map(line));
}

/** The sessions as a node sees them. */
async function sessionsSeenBy({ caller }: NodeClient): Promise<Seen[]> {
  return (await caller.call('GET', '/api/v1/sessions', ListSchema)).data;
}

function line({ phoneNumber, status, nodeId }: Seen): string {
  return `${phoneNumber}  ${status.padEnd(10)}  ${nodeId ?? 'on its way'}`;
}

async function sendThrough({ node, caller }: NodeClient, { id, nodeId }: Seen, { ada }: NodesStage, report: Report) {
  const startedAt = performance.now();
  const text = { to: ada.jid, type: 'text', text: 'From the wrong node' };
  const sent = await caller.call('POST', `/api/v1/sessions/${id}/messages`, SentSchema, text);
  const tookMs = Math.round(performance.now() - startedAt);
  report(`A text for a number of ${nodeId} was sent through ${node.nodeId} → 200 after ${tookMs} ms`, sent.waMessageId);
}

async function queueAndKill(victim: NodeClient, other: NodeClient, { id }: Seen, { ada }: NodesStage, report: Report) {
  await victim.node.kill();
  const text = { to: ada.jid, type: 'text', text: 'Queued while nobody had the number' };
  const path = `/api/v1/sessions/${id}/messages`;
  const queued = await other.caller.call('POST', `${path}?async=true`, SentSchema, text);
  report(
    `${victim.node.nodeId} was killed (SIGKILL)`,
    `${other.node.nodeId} accepts a text for one of its numbers all the same → 202`,
    `To wait for the acknowledgement is refused meanwhile → ${await statusOf(other.caller, path, text)}`,
  );
  return queued.waMessageId;
}

async function statusOf(caller: Caller, path: string, body: object): Promise<number> {
  try {
    await caller.call('POST', path, SentSchema, body);
    return 200;
  } catch (error) {
    if (error instanceof RefusedError) return error.status;
    throw error;
  }
}

async function comeBack(victim: NodeClient, other: NodeClient, report: Report): Promise<void> {
  const startedAt = performance.now();
  const sessions = await other.caller.until(async () => {
    const seen = await sessionsSeenBy(other);
    const isBack = ({ status, nodeId }: Seen): boolean => status === 'connected' && nodeId !== victim.node.nodeId;
    return seen.every(isBack) ? seen : undefined;
  });
  const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
  report(`Its lease ran out, and the other nodes took its numbers over, after ${tookS} s`, ...sessions.map(line));
}

async function arrive(id: string, { nodeId }: Seen, { simulator: { ledger }, ada }: NodesStage, report: Report) {
  const decrypted = () => ledger.deliveries({ to: ada.phone, id });
  await ledger.waitFor(() => decrypted().length === ada.devices);
  const { arrivals } = ledger.tally(id);
  report(`What was queued after ${nodeId} had died has arrived`, `WhatsApp got it ${arrivals} time, under ${id}.`);
}
