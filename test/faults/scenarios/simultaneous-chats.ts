import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { recipient, to } from '../../support/gateway/environment.ts';
import type { EventLog } from '../harness/judge/event-log.ts';
import { judgeSignal } from '../harness/judge/exactly-once.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { oneGateway } from '../harness/stages.ts';
import { phoneOf, type World } from '../support/world.ts';

const slowStore = join(import.meta.dirname, '../preloads/slow-store.ts');
const atOnce = 4;

export const simultaneousChats: Scenario = {
  name: 'simultaneous-chats',
  id: 'i8',
  about: 'two people write to each other at the same time, on a store that takes 1 to 5 ms to answer',
  full: { sessions: 1, sends: 1_000, kills: 0 },
  short: { sessions: 1, sends: 150, kills: 0 },
  run: async (run) => {
    const settings = { FAULT_SEED: String(run.seed) };
    const prepare = oneGateway({ settings, preloads: [slowStore], ledgerSize: 1_000_000, addressing: 'lid' });
    await using stage = await prepare(run);
    const {
      world,
      events,
      sessions: [session],
    } = stage;
    const written: string[] = [];
    const statuses = await talk(world, session, written, run);
    await judgeReceived(events, written, run);
    const sent = world.simulator.ledger.visible({ to: recipient }).length;
    const wrong = statuses.filter((status) => status !== 200).length;
    run.verdicts.judge('every send is acknowledged', wrong === 0, `${wrong} are not`);
    run.verdicts.judge('every send arrives', sent === run.size.sends, `${sent} of ${run.size.sends}`);
    judgeSignal(world, run.verdicts);
  },
};

/** The contact writes as often as the session does, always while that is encrypting something. */
async function talk(world: World, session: string, written: string[], { size, random, say }: Run): Promise<number[]> {
  const contact = world.simulator.contacts().find(({ phone }) => phone === recipient);
  assert(contact !== undefined);
  const statuses: number[] = [];
  let next = 0;
  const sendSome = async (): Promise<void> => {
    while (next < size.sends) {
      next += 1;
      const sending = world.client.sendText(session, to, `out ${next}`);
      await pause(random.between(0, 30));
      written.push(await contact.sendText(phoneOf(0), `in ${next}`));
      statuses.push((await sending).status);
      if (statuses.length % 100 === 0) say(`${statuses.length} each way`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sendSome));
  return statuses;
}

async function judgeReceived(events: EventLog, written: readonly string[], { verdicts }: Run): Promise<void> {
  const missing = () => {
    const told = new Set(
      events.events().flatMap(({ event, payload }) => (event === 'message' ? [payload['waMessageId']] : [])),
    );
    return written.filter((id) => !told.has(id));
  };
  await eventually(() => assert.deepEqual(missing(), []), 20_000).catch(() => undefined);
  verdicts.judge('everything that is written to it is told', missing().length === 0, `${missing().length} are not`);
}
