import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultRule } from '../../../simulator/faults/rule.ts';
import type { StanzaEntry } from '../../../simulator/ledger/entries.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { nodeLeases as nodesIn } from '../../../src/store/records/cluster/node-leases.ts';
import { eventually } from '../../support/eventually.ts';
import { to } from '../../support/gateway/environment.ts';
import { OwnerWatch } from '../harness/judge/owner-watch.ts';
import { openingOf, writtenBy } from '../harness/judge/previous-owner.ts';
import { Sending } from '../harness/load/sending.ts';
import { placeIn, replacedSince, streamsSince } from '../harness/load/streams.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type OwnerStage, ownerAndSuccessor } from '../harness/stages.ts';
import { phoneOf } from '../support/world.ts';

const takeOverMs = 30_000;
/** For whatever the resumed node still had in hand. */
const afterwardsMs = 2_000;

interface PausedStage extends OwnerStage {
  readonly store: GatewayStore;
  readonly watch: OwnerWatch;
}

const preparePair = ownerAndSuccessor({ ownerUsesLine: false });

/** Two nodes, and who owns the sessions is watched until everything is judged. */
async function watchedPair(run: Pick<Run, 'size'>, faults?: readonly FaultRule[]): Promise<PausedStage> {
  await using resources = new AsyncDisposableStack();
  const stage = resources.use(await preparePair(run, faults));
  const store = resources.use(await stage.cluster.openStore());
  const watch = resources.use(await OwnerWatch.open(store, stage.sessions));
  const owned = resources.move();
  return { ...stage, store, watch, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export const pausedOwner = scenario({
  name: 'paused-owner',
  id: 'l1',
  about: 'SIGSTOP of the owner for so many seconds ("kills"), longer than its lease, during sends; then SIGCONT',
  full: { sessions: 10, sends: 0, kills: 30 },
  short: { sessions: 4, sends: 0, kills: 13 },
  stage: watchedPair,
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async (stage, run) => {
    const { sessions, successor } = stage;
    const sending = new Sending({ sessions, clients: [successor.client] });
    await sending.untilSome();
    const stop = await stopAndGoOn(stage, run);
    await sending.end();
    await judgeResumed(stage, stop, run);
    return { intents: sending.intents, ordered: [], kills: sessions.length, stop, refused: sending.refused() };
  },
  judge: (stage, { stop, refused }, run) => {
    judgeOwners(stage, stop, run);
    judgeStreams(stage, stop, run);
    // On a machine that is too busy, a node may find Redis too slow, and take its sessions offline for a moment.
    const outages = stage.successor.gateway.output().split('the store cannot be written').length - 1;
    run.say(`the successor could not write ${outages} times`);
    const texts = new Set(stage.simulator.ledger.visible().map(({ text }) => text));
    const undone = refused.filter(({ text }) => texts.has(text));
    run.verdicts.judge(
      'nothing is sent that was refused',
      undone.length === 0,
      `${undone.length} of ${refused.length}`,
    );
  },
});

interface Stop {
  /** The place in the ledger at which the owner was stopped. */
  readonly since: number;
  /** Of the owner's sessions, how many versions of the owner's record there were then. */
  readonly owned: ReadonlyMap<string, number>;
  /** The lives of the stopped node that live in the end. */
  readonly isNewLife: boolean;
  /** What the resumed node wrote for sessions that were not its own any more, and how many such sessions there are. */
  readonly stray: readonly string[];
  readonly away: number;
}

async function stopAndGoOn(
  { simulator, store, owner, watch, sessions }: PausedStage,
  { size, say }: Run,
): Promise<Stop> {
  await watch.look();
  const mine = watch.ownedBy(owner.name);
  const owned = new Map(mine.map((session) => [session, watch.history(session).length]));
  const [{ owner: before, version } = missing()] = mine.flatMap((session) => watch.history(session).slice(-1));
  owner.gateway.signal('SIGSTOP');
  const since = placeIn(simulator.ledger);
  await pause(size.kills * 1_000);
  await eventually(() => {
    assert.equal(watch.ownedBy('b').length, sessions.length);
    const accounts = new Set(streamsSince(simulator.ledger, since).map(({ account }) => account));
    assert.equal(accounts.size, mine.length);
  }, takeOverMs);
  say(`${mine.length} sessions taken over`);
  const written = await writtenBy(store, openingOf(version), mine);
  owner.gateway.signal('SIGCONT');
  const reborn = await eventually(async () => {
    const living = await nodesIn(store).living();
    const found = living.find(({ nodeId, incarnation }) => nodeId === owner.name && incarnation !== before.incarnation);
    assert(found !== undefined, 'the resumed node has no lease');
    return found;
  });
  await pause(afterwardsMs);
  const now = await writtenBy(store, openingOf(version), mine);
  // Behind that: a session that is given back meanwhile is rightly written for.
  await watch.look();
  const away = mine.filter((session) =>
    watch
      .history(session)
      .slice(owned.get(session))
      .every(({ owner: { nodeId } }) => nodeId === 'b'),
  );
  const fresh = [...now].filter(([one]) => !written.has(one)).map(([, key]) => key);
  const stray = fresh.filter((key) => away.some((session) => key.split('/')[2] === session));
  return { since, owned, isNewLife: reborn.incarnation !== before.incarnation, stray, away: away.length };
}

function missing(): never {
  throw new Error('the node to be stopped owns no session');
}

/** Ownership only moves on, and nobody writes for what is not theirs any more. */
function judgeOwners({ watch, sessions }: PausedStage, stop: Stop, { verdicts }: Run): void {
  const falling = sessions.filter((session) => {
    const epochs = watch
      .history(session)
      .filter(({ owner }) => owner.nodeId !== null)
      .map(({ owner }) => owner.epoch);
    return epochs.some((epoch, index) => epoch <= (epochs[index - 1] ?? 0));
  });
  verdicts.judge('epochs only rise', falling.length === 0, `${falling.length} of ${sessions.length} do not`);
  const figures = `${stop.stray.length} entries of ${stop.away} sessions ${stop.stray.slice(0, 5).join(', ')}`;
  verdicts.judge('the resumed node writes nothing for them', stop.stray.length === 0 && stop.away > 0, figures);
  const others = [...stop.owned].filter(([session, known]) => watch.history(session)[known]?.owner.nodeId !== 'b');
  verdicts.judge(
    'the successor comes next',
    others.length === 0,
    `${others.length} of ${stop.owned.size} sessions not`,
  );
}

/** A session that is given back, because the resumed node has less than its share, logs in there rightly. */
function judgeStreams({ simulator, watch, sessions }: PausedStage, stop: Stop, { verdicts }: Run): void {
  const { ledger } = simulator;
  const streams = streamsSince(ledger, stop.since);
  const owned = [...stop.owned];
  const logins = (session: string) => streams.filter(({ account }) => account === phoneOf(sessions.indexOf(session)));
  const wrong = owned.filter(([session, known]) => logins(session).length !== watch.taken(session, known));
  const figures = owned.map(([session, known]) => `${logins(session).length}/${watch.taken(session, known)}`);
  verdicts.judge('one login for each time that a session is taken', wrong.length === 0, figures.join(', '));
  const replaced = replacedSince(ledger, stop.since);
  const isOnce = new Set(replaced).size === replaced.length && replaced.length <= owned.length;
  verdicts.judge('at most one stream of each session is replaced', isOnce, `${replaced.length} of ${owned.length}`);
  const first = new Map(streams.toReversed().map(({ account, openedSeq }) => [account, openedSeq]));
  const late = ledger
    .stanzas({ direction: 'in' })
    .filter(
      ({ connection, account = '', seq }) => replaced.includes(connection) && seq > (first.get(account) ?? Number.NaN),
    );
  const taken = late.filter((stanza) => isTaken(ledger, stanza));
  const counts = `${taken.length} of ${late.length} stanzas ${late.map(({ tag }) => tag).join(' ')}`;
  verdicts.judge('nothing is taken from an old stream', taken.length === 0, counts);
}

/**
 * Whether the server has acted on a stanza. One that the resumed node had in hand may still reach a stream that the
 * server has ended, and is thrown away there.
 */
function isTaken(ledger: OwnerStage['simulator']['ledger'], { id, connection, seq }: StanzaEntry): boolean {
  if (id === undefined) return false;
  const all = ledger.stanzas({ id });
  if (all.some((answer) => answer.direction === 'out' && answer.connection === connection && answer.seq > seq))
    return true;
  const isElsewhere = all.some((other) => other.direction === 'in' && other.connection !== connection);
  return !isElsewhere && ledger.deliveries({ id }).some((delivery) => delivery.seq > seq);
}

async function judgeResumed(
  { owner: { client }, sessions: [session] }: PausedStage,
  stop: Stop,
  { verdicts }: Run,
): Promise<void> {
  const status = await eventually(async () => {
    const answer = await client.sendText(session, to, 'through the resumed node');
    assert.equal(answer.status, 200);
    return answer.status;
  }).catch((error: unknown) => String(error));
  verdicts.judge('the resumed node lives on under a new lease', stop.isNewLife);
  verdicts.judge('it answers requests', status === 200, String(status));
}
