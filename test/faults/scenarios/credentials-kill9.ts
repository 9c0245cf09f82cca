import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { to } from '../../support/gateway/environment.ts';
import type { CrashPlan } from '../harness/crash-plan.ts';
import { GatewayLives } from '../harness/gateway-lives.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { startWorld, type World } from '../support/world.ts';

const own = '491700000001';

/** A login writes the credentials about so many times; a life with fewer writes is another attempt. */
const writesOfLogin = 3;
const livesForKill = 2;
const longestLifeMs = 2_000;

export const credentialsKill9: Scenario = {
  name: 'credentials-kill9',
  id: 's5',
  about: 'kill -9 before, within and after the writes of credentials',
  full: { sessions: 1, sends: 1, kills: 200 },
  short: { sessions: 1, sends: 1, kills: 20 },
  run: async (run) => {
    await using world = await startWorld({}, { fewPreKeys: false });
    const lives = new GatewayLives(world);
    await lives.start();
    const session = await world.client.linked(world.simulator, own);
    const linked = world.simulator.ledger.entries.at(-1)?.seq ?? 0;
    await lives.kill();
    let struck = 0;
    for (let life = 0; life < run.size.kills * livesForKill && struck < run.size.kills; life += 1) {
      const { point, skip } = planFor(run);
      await lives.start({ point, skip });
      const crashed = lives.gateway.ended.then(() => true);
      if (await Promise.race([crashed, pause(longestLifeMs, false, { ref: false })])) struck += 1;
      await lives.kill();
      if (struck % 20 === 0) run.say(`${struck} kills at a write of credentials, ${lives.kills} in all`);
    }
    await lives.start();
    await judge(world, session, linked, run);
    run.verdicts.judge('the kills fell upon writes', struck === run.size.kills, `${struck} of ${run.size.kills}`);
  },
};

function planFor({ random }: Run): CrashPlan {
  const point = random.pick<CrashPlan['point']>(['before credentials', 'within credentials', 'after credentials']);
  return { point, skip: random.between(0, writesOfLogin - 1) };
}

/** The identity is the one that was linked when the server lets it in and its messages can be read. */
async function judge(world: World, session: string, linked: number, { verdicts }: Run): Promise<void> {
  const connected = await world.client.until(session, 'connected').catch((error: unknown) => error);
  verdicts.judge('the session connects with what is stored', !(connected instanceof Error));
  const turns = world.simulator.ledger.entries.filter(({ kind, seq }) => kind === 'connection' && seq > linked);
  const told = (event: string) => turns.filter((entry) => entry.kind === 'connection' && entry.event === event).length;
  verdicts.judge('nobody had to link again', told('pairing') === 0, `${told('pairing')} tried to`);
  verdicts.judge('no login is refused', told('refused') === 0, `${told('refused')} of ${told('open')}`);
  const answer = await world.client.sendText(session, to, 'still the same');
  assert.equal(answer.status, 200);
  const { undecryptable } = world.simulator.ledger.signal;
  verdicts.judge('its messages can be read', undecryptable === 0, `${undecryptable} cannot`);
}
