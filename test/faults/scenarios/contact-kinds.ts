import { setTimeout as pause } from 'node:timers/promises';
import type { CrashPlan } from '../harness/crash-plan.ts';
import { judgeJournal } from '../harness/judge/left-in-journal.ts';
import { judgeTwoWay, type TwoWay, untilTold } from '../harness/judge/two-way.ts';
import { intend, sendAsync } from '../harness/load/accepted-sends.ts';
import { addCast } from '../harness/load/cast.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { type GatewayStage, oneGateway } from '../harness/stages.ts';
import { phoneOf } from '../support/world.ts';

/** How far both sides may go in the present life of the gateway. */
interface Budget {
  allowed: number;
}

export const contactKinds: Scenario = {
  name: 'contact-kinds',
  id: 'c1',
  about: 'two-way chats with contacts of each kind and a group of them, through kill -9 and two reinstallations',
  full: { sessions: 1, sends: 1_000, kills: 12 },
  short: { sessions: 1, sends: 100, kills: 2 },
  run: async (run) => {
    await using stage = await oneGateway({ ledgerSize: 1_000_000 })(run);
    const talk: TwoWay = { cast: addCast(stage.simulator, phoneOf(0)), intents: [], written: [] };
    const budget: Budget = { allowed: 0 };
    const talking = Promise.all([sendAll(stage, run, talk, budget), writeAll(run, talk, budget)]);
    await Promise.all([talking, killAll(stage, run, budget)]);
    run.say(`${talk.intents.length} sends, ${talk.written.length} messages received, ${stage.lives.kills} kills`);
    await untilTold(stage, talk);
    judgeTwoWay(stage, talk, run.verdicts);
    await stage.lives.kill();
    await judgeJournal(stage.world, run.verdicts);
  },
};

/** To each chat in turn; half-way some of the contacts begin anew. */
async function sendAll(stage: GatewayStage, { size }: Run, { cast, intents }: TwoWay, budget: Budget): Promise<void> {
  const chats = [...cast.members.map(({ to }) => to), cast.group.jid];
  const [session] = stage.sessions;
  for (let sent = 0; sent < size.sends; sent += 1) {
    await within(budget, sent);
    if (sent === Math.floor(size.sends / 2)) reinstall({ cast });
    const intent = intend(session, `out ${sent}`, chats[sent % chats.length]);
    intents.push(intent);
    await sendAsync(stage.world, intent, `out-${sent}`);
  }
}

function reinstall({ cast }: Pick<TwoWay, 'cast'>): void {
  for (const { contact, reinstall: how } of cast.members) {
    if (how !== undefined) contact.reinstall({ notify: how === 'announced' });
  }
}

/** The contacts write in turn, every other time to the group. */
async function writeAll({ size, random }: Run, { cast, written }: TwoWay, budget: Budget): Promise<void> {
  const { members, group } = cast;
  for (let count = 0; count < size.sends; count += 1) {
    await within(budget, count);
    const member = members[Math.floor(count / 2) % members.length];
    if (member === undefined) continue;
    const chat = count % 2 === 0 ? phoneOf(0) : group.jid;
    written.push({ id: await member.contact.sendText(chat, `in ${count}`), member, chat });
    await pause(random.between(0, 20));
  }
}

async function within(budget: Budget, count: number): Promise<void> {
  while (count >= budget.allowed) await pause(20);
}

/** Kills at a busy moment, or has the gateway end between a confirmation and its record, or between a ratchet and its use. */
async function killAll(stage: GatewayStage, run: Run, budget: Budget): Promise<void> {
  const { sends, kills } = run.size;
  const plans = [undefined, 'before record', 'after ratchet commit'] as const;
  for (let kill = 0; kill < kills; kill += 1) {
    const point = plans[kill % plans.length];
    const plan: CrashPlan | undefined = point === undefined ? undefined : { point, skip: run.random.between(0, 5) };
    if (plan !== undefined) await stage.lives.gateway.tell(plan);
    budget.allowed = Math.ceil((sends * (kill + 1)) / (kills + 1));
    await (plan === undefined ? killWhenBusy(stage, run) : stage.lives.untilCrashed());
    await stage.lives.start();
  }
  budget.allowed = sends;
}

/** Kills once some more messages have come from the gateway. */
async function killWhenBusy({ simulator, lives }: GatewayStage, { random }: Run): Promise<void> {
  let wanted = random.between(5, 25);
  const from = simulator.ledger.entries.at(-1)?.seq ?? 0;
  await simulator.ledger.waitFor(
    (entry) => {
      if (entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in' && entry.seq > from)
        wanted -= 1;
      return wanted <= 0;
    },
    { timeoutMs: 30_000 },
  );
  await lives.kill();
}
