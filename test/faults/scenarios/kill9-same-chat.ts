import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { recipient, to } from '../../support/gateway/environment.ts';
import type { GatewayLives } from '../harness/gateway-lives.ts';
import { countWindows, type LifeEnd } from '../harness/judge/in-flight.ts';
import { type Intent, intend, sendAsync } from '../harness/load/accepted-sends.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type GatewayStage, oneGateway } from '../harness/stages.ts';
import { phoneOf, type World } from '../support/world.ts';

/** The two parts of a send's way in which a ratchet may go back. */
const parts = ['before the wire', 'wire to ack'] as const;
type Part = (typeof parts)[number];

export const kill9SameChat = scenario({
  name: 'kill9-same-chat',
  id: 'i9',
  about: 'kill -9 around the wire, and the next message goes to the same chat: by number, by LID, or a group in turn',
  full: { sessions: 1, sends: 400, kills: 200 },
  short: { sessions: 1, sends: 40, kills: 20 },
  stage: oneGateway(),
  disturb: async (stage, run) => {
    const byLid = stage.simulator.addContact({ phone: '15550000003', addressing: 'lid' });
    const group = stage.simulator.addGroup({ subject: 'Choir', participants: [recipient, phoneOf(0)] });
    const chats = [to, byLid.jid, group.jid];
    const intents: Intent[] = [];
    const ends: LifeEnd[] = [];
    for (let kill = 0; kill < run.size.kills; kill += 1) {
      const chat = chats[Math.floor(kill / 2) % chats.length] ?? to;
      const part = kill % 2 === 0 ? 'before the wire' : 'wire to ack';
      await sendAroundKill(stage, { intents, ends }, { chat, part, kill });
      if ((kill + 1) % 20 === 0) run.say(`${kill + 1} kills`);
    }
    return { intents, ordered: intents, kills: stage.lives.kills, ends };
  },
  judge: ({ world, events }, { ends }, run) => {
    const hits = countWindows(world, ends, (outboxId) => events.statuses().get(outboxId)?.[0]?.waMessageId);
    judgeParts(run, hits);
  },
});

/** A message, one that is cut off by the end of the gateway, and in the next life another one to the same chat. */
async function sendAroundKill(
  { world, lives, sessions: [session] }: GatewayStage,
  { intents, ends }: { intents: Intent[]; ends: LifeEnd[] },
  { chat, part, kill }: { chat: string; part: Part; kill: number },
): Promise<void> {
  const cut = intend(session, `${kill}: cut off`, chat);
  const next = intend(session, `${kill}: next`, chat);
  intents.push(cut, next);
  // The Signal sessions of this life are made, so that the next write to one is a step of the ratchet.
  assert.equal((await world.client.sendText(session, chat, `${kill}: first`)).status, 200);
  if (part === 'before the wire') await cutBeforeWire(world, lives, cut);
  else await cutBehindWire(world, lives, cut);
  ends.push(await lives.lastEnd());
  await lives.start();
  await sendAsync(world, next, `next-${kill}`);
  await eventually(async () => {
    const { status } = await world.client.outbox(session, next.outboxId ?? '');
    assert(status !== 'queued' && status !== 'sending', status);
  }, 30_000);
}

async function cutBeforeWire(world: World, lives: GatewayLives, cut: Intent): Promise<void> {
  await lives.gateway.tell({ point: 'after ratchet commit', skip: 0 });
  await Promise.all([sendAsync(world, cut, null), lives.untilCrashed()]);
  // Without a word from the gateway the caller has no promise; but it has begun, so it will be sent.
}

async function cutBehindWire({ simulator, ...world }: World, lives: GatewayLives, cut: Intent): Promise<void> {
  const fault = simulator.faults.add({ kind: 'no-ack', to: cut.to });
  const arrived = simulator.ledger.waitFor((entry) => entry.kind === 'fault' && entry.fault === fault.id, {
    timeoutMs: 20_000,
  });
  await sendAsync(world, cut, null);
  await arrived;
  await lives.kill();
  fault.remove();
}

function judgeParts({ size, verdicts }: Run, hits: Record<Part, number>): void {
  for (const part of parts) {
    const wanted = Math.floor(size.kills / 2);
    verdicts.judge(`enough kills ${part}`, hits[part] >= wanted, `${hits[part]}, wanted ${wanted}`);
  }
}
