import * as v from 'valibot';
import { Caller, RefusedError } from '../caller.ts';
import { newSession, scan } from '../linking.ts';
import type { Tell } from '../story.ts';
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

/** A node of the stage, and a program that calls it. */
interface Place {
  node: NodeProcess;
  caller: Caller;
}

/**
 * Plays the demo of several nodes and tells each step: numbers are linked, a message is sent through a node that does
 * not have the number, a node is killed, and its numbers come back elsewhere with what was queued for them.
 */
export async function playNodes(stage: NodesStage, tell: Tell, signal: AbortSignal): Promise<void> {
  const places = stage.nodes.map((node) => ({ node, caller: new Caller(node.url, stage.token, signal) }));
  const [first, ...others] = places;
  const last = others.at(-1);
  if (first === undefined || last === undefined) throw new Error('several nodes are two or more');
  introduce(stage, tell);
  await linkAll(places, stage, tell);
  const [session] = (await look(first)).filter(({ nodeId }) => nodeId === first.node.nodeId);
  if (session === undefined) throw new Error('the first node has no number');
  await sendThrough(last, session, stage, tell);
  const queued = await queueAndKill(first, last, session, stage, tell);
  await comeBack(first, last, tell);
  await arrive(queued, session, stage, tell);
}

function introduce({ simulator, redisUrl, nodes }: NodesStage, tell: Tell): void {
  tell(`A simulated WhatsApp runs at ${simulator.url}`);
  tell(
    `${nodes.length} gateways share the Redis at ${new URL(redisUrl).host}`,
    ...nodes.map(({ nodeId, url }) => `${nodeId} at ${url}`),
  );
}

async function linkAll(places: readonly Place[], { simulator }: NodesStage, tell: Tell): Promise<void> {
  for (const [index, { caller }] of [...places, ...places].entries()) {
    await scan(caller, await newSession(caller), simulator, `1555123456${index}`);
  }
  const [first] = places;
  if (first !== undefined) tell('Two numbers were linked through each of them', ...(await look(first)).map(line));
}

/** The sessions as a node sees them. */
async function look({ caller }: Place): Promise<Seen[]> {
  return (await caller.call('GET', '/api/v1/sessions', ListSchema)).data;
}

function line({ phoneNumber, status, nodeId }: Seen): string {
  return `${phoneNumber}  ${status.padEnd(10)}  ${nodeId ?? 'on its way'}`;
}

async function sendThrough({ node, caller }: Place, { id, nodeId }: Seen, { ada }: NodesStage, tell: Tell) {
  const startedAt = performance.now();
  const text = { to: ada.jid, type: 'text', text: 'From the wrong node' };
  const sent = await caller.call('POST', `/api/v1/sessions/${id}/messages`, SentSchema, text);
  const tookMs = Math.round(performance.now() - startedAt);
  tell(`A text for a number of ${nodeId} was sent through ${node.nodeId} → 200 after ${tookMs} ms`, sent.waMessageId);
}

async function queueAndKill(victim: Place, other: Place, { id }: Seen, { ada }: NodesStage, tell: Tell) {
  await victim.node.kill();
  const text = { to: ada.jid, type: 'text', text: 'Queued while nobody had the number' };
  const path = `/api/v1/sessions/${id}/messages`;
  const queued = await other.caller.call('POST', `${path}?async=true`, SentSchema, text);
  tell(
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

async function comeBack(victim: Place, other: Place, tell: Tell): Promise<void> {
  const startedAt = performance.now();
  const sessions = await other.caller.until(async () => {
    const seen = await look(other);
    const isBack = ({ status, nodeId }: Seen): boolean => status === 'connected' && nodeId !== victim.node.nodeId;
    return seen.every(isBack) ? seen : undefined;
  });
  const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
  tell(`Its lease ran out, and the other nodes took its numbers over, after ${tookS} s`, ...sessions.map(line));
}

async function arrive(id: string, { nodeId }: Seen, { simulator: { ledger }, ada }: NodesStage, tell: Tell) {
  const decrypted = () => ledger.deliveries({ to: ada.phone, id });
  await ledger.waitFor(() => decrypted().length === ada.devices);
  const { arrivals } = ledger.tally(id);
  tell(`What was queued after ${nodeId} had died has arrived`, `WhatsApp got it ${arrivals} time, under ${id}.`);
}
