import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { recipient, to } from '../../support/gateway/environment.ts';
import { type Intent, intend, sendAsync } from '../harness/accepted-sends.ts';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce } from '../harness/exactly-once.ts';
import { countWindows, type Death } from '../harness/in-flight.ts';
import { Lives } from '../harness/process-lives.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { startWorld, type World } from '../support/world.ts';

const own = '491700000001';

/** The two parts of a send's way in which a ratchet may go back. */
const parts = ['before the wire', 'wire to ack'] as const;
type Part = (typeof parts)[number];

export const i9: Scenario = {
  name: 'i9',
  about: 'kill -9 around the wire, and the next message goes to the same chat: a person, and a group in turn',
  full: { sessions: 1, sends: 400, kills: 200 },
  short: { sessions: 1, sends: 40, kills: 20 },
  run: async (run) => {
    await using world = await startWorld();
    const lives = new Lives(world);
    await lives.begin();
    await using events = await EventLog.open(world);
    const session = await world.client.linked(world.simulator, own);
    const { jid } = world.simulator.addGroup({ subject: 'Choir', participants: [recipient, own] });
    await eventually(() => assert(events.events().length > 0));
    const intents: Intent[] = [];
    const deaths: Death[] = [];
    for (let kill = 0; kill < run.size.kills; kill += 1) {
      const chat = Math.floor(kill / 2) % 2 === 0 ? to : jid;
      const part = kill % 2 === 0 ? 'before the wire' : 'wire to ack';
      await live({ world, lives, session, intents, deaths }, chat, part, kill);
      if ((kill + 1) % 20 === 0) run.say(`${kill + 1} kills`);
    }
    const hits = countWindows(world, deaths, (outboxId) => events.statuses().get(outboxId)?.[0]?.waMessageId);
    judgeParts(run, hits);
    judgeExactlyOnce({ world, events, verdicts: run.verdicts }, { intents, ordered: intents, kills: lives.kills });
  },
};

interface Stage {
  readonly world: World;
  readonly lives: Lives;
  readonly session: string;
  readonly intents: Intent[];
  readonly deaths: Death[];
}

/** A message, one that is cut off by the end of the gateway, and in the next life another one to the same chat. */
async function live(
  { world, lives, session, intents, deaths }: Stage,
  chat: string,
  part: Part,
  kill: number,
): Promise<void> {
  const cut = intend(session, `${kill}: cut off`, chat);
  const next = intend(session, `${kill}: next`, chat);
  intents.push(cut, next);
  // The Signal sessions of this life are made, so that the next write to one is a step of the ratchet.
  assert.equal((await world.client.sendText(session, chat, `${kill}: first`)).status, 200);
  if (part === 'before the wire') await cutBeforeWire(world, lives, cut);
  else await cutBehindWire(world, lives, cut);
  deaths.push(await lives.death());
  await lives.begin();
  await sendAsync(world, next, `next-${kill}`);
  await eventually(async () => {
    const { status } = await world.client.outbox(session, next.outboxId ?? '');
    assert(status !== 'queued' && status !== 'sending', status);
  }, 30_000);
}

async function cutBeforeWire(world: World, lives: Lives, cut: Intent): Promise<void> {
  await lives.gateway.tell({ point: 'after ratchet commit', skip: 0 });
  await Promise.all([sendAsync(world, cut, null), lives.over()]);
  // Without a word from the gateway the caller has no promise; but it has begun, so it will be sent.
}

async function cutBehindWire({ simulator, ...world }: World, lives: Lives, cut: Intent): Promise<void> {
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
