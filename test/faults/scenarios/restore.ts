import assert from 'node:assert/strict';
import { join } from 'node:path';
import { TemporaryFolder } from '../../store/contract/sqlite-subject.ts';
import { eventually } from '../../support/eventually.ts';
import { runCommand } from '../../support/gateway/command.ts';
import { judgeArrivals } from '../harness/judge/exactly-once.ts';
import { type Intent, intend, sendAsync } from '../harness/load/accepted-sends.ts';
import { Conversation } from '../harness/load/conversation.ts';
import { Sending } from '../harness/load/sending.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type GatewayStage, oneGateway } from '../harness/stages.ts';
import type { World } from '../support/world.ts';

const newcomer = '6281234567899';

interface RestoreStage extends GatewayStage {
  /** Where the backup is written, and restored. */
  readonly folder: string;
}

const prepareGateway = oneGateway({ ledgerSize: 1_000_000 });

async function gatewayAndFolder(run: Pick<Run, 'size'>): Promise<RestoreStage> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(new TemporaryFolder());
  const stage = resources.use(await prepareGateway(run));
  const owned = resources.move();
  return { ...stage, folder: folder.path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export const restore = scenario({
  name: 'restore',
  about: 'a backup under load; the gateway goes on and is killed; the backup is restored into an empty folder',
  full: { sessions: 10, sends: 10, kills: 1 },
  short: { sessions: 4, sends: 5, kills: 1 },
  stage: gatewayAndFolder,
  disturb: async ({ world, lives, sessions, folder, events }, run) => {
    const conversation = new Conversation(world, sessions);
    await conversation.rounds(run.size.sends);
    const queue = await queueOn(world, sessions, run.size.sends);
    const backup = join(folder, 'backup');
    const sending = await backUpUnderLoad(world, sessions, { to: backup, run });
    // What the gateway does from here on is not in the backup: all ratchets turn, and one of two queues goes out.
    await world.client.call('POST', `/sessions/${sessions[1]}:start`);
    await conversation.rounds(run.size.sends);
    await allSent(
      world,
      queue.filter(({ session }) => session === sessions[1]),
    );
    const before = world.simulator.ledger.signal;
    // What is confirmed by now is not in what is restored: it must have been told.
    await conversation.missing(events);
    await lives.kill();

    const data = join(folder, 'restored');
    await restoreInto(world, data, { from: backup, run });
    await world.move(data);
    await lives.start();
    for (const session of sessions.slice(0, 2)) await world.client.call('POST', `/sessions/${session}:start`);
    return { intents: [...sending.intents, ...queue], ordered: queue, queue, conversation, before };
  },
  judge: async (stage, sent, run) => {
    await allSent(stage.world, sent.queue);
    await sent.conversation.meet(newcomer);
    await sent.conversation.rounds(run.size.sends);
    await judge(run, stage, sent);
  },
  judgeSends: judgeArrivals,
});

/** Two sessions are stopped, with messages in their queues. */
async function queueOn(world: World, sessions: readonly string[], each: number): Promise<Intent[]> {
  const intents = sessions
    .slice(0, 2)
    .flatMap((session) => Array.from({ length: each }, (_, number) => intend(session, `queued ${session} ${number}`)));
  for (const session of sessions.slice(0, 2)) {
    await world.client.call('POST', `/sessions/${session}:stop`);
    await world.client.until(session, 'stopped');
  }
  for (const intent of intents) await sendAsync(world, intent, intent.text.replaceAll(' ', '-'));
  return intents;
}

async function backUpUnderLoad(
  world: World,
  sessions: readonly string[],
  { to, run }: { to: string; run: Run },
): Promise<Sending> {
  const sending = new Sending({ sessions: sessions.slice(2), clients: [world.client] });
  await sending.untilSome();
  const began = performance.now();
  const made = await runCommand('backup', ['--to', to], { DATA_DIR: world.directory.path });
  run.say(`${Math.round(performance.now() - began)} ms: ${made.stdout.trim() || made.stderr}`);
  run.verdicts.judge('the backup is made', made.code === 0);
  await sending.end();
  // What was accepted after the backup must have gone out before the kill: it is not in what is restored.
  await allSent(world, sending.intents);
  return sending;
}

async function restoreInto(world: World, data: string, { from, run }: { from: string; run: Run }): Promise<void> {
  const settings = { DATA_DIR: data };
  const refused = await runCommand('restore', ['--from', from], settings);
  const isTold = refused.code === 1 && /The master key with the id [0-9a-f]{16} is missing/.test(refused.stderr);
  run.verdicts.judge('without the master key it says what is missing', isTold);
  const key = { MASTER_KEY: await world.masterKey() };
  const restored = await runCommand('restore', ['--from', from], { ...settings, ...key });
  run.say(restored.stdout.split('\n')[0] ?? '');
  run.verdicts.judge('the backup is restored', restored.code === 0, restored.code === 0 ? '' : restored.stderr);
}

async function allSent({ client }: World, intents: readonly Intent[]): Promise<void> {
  await eventually(async () => {
    for (const { session, outboxId } of intents) {
      if (outboxId === undefined) continue;
      const { status } = await client.outbox(session, outboxId);
      assert(status !== 'queued' && status !== 'sending', status);
    }
  }, 60_000);
}

function isUpload({ attrs, children }: { attrs: Record<string, string>; children: readonly string[] }): boolean {
  return attrs['xmlns'] === 'encrypt' && attrs['type'] === 'set' && children.includes('list');
}

interface Restored {
  readonly conversation: Conversation;
  readonly before: World['simulator']['ledger']['signal'];
  readonly queue: readonly Intent[];
}

async function judge(
  { verdicts }: Run,
  { world, events, sessions }: GatewayStage,
  { conversation, before, queue }: Restored,
): Promise<void> {
  const { ledger } = world.simulator;
  const { undecryptable, askedByDevices, askedByClients, reusedKeys } = ledger.signal;
  const paired = ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'linked').length;
  verdicts.judge(
    'nobody had to scan again',
    paired === sessions.length,
    `${paired} scans, ${sessions.length} sessions`,
  );
  verdicts.judge('recipients can decrypt everything at once', undecryptable === 0 && askedByDevices === 0);
  verdicts.judge('no Signal key encrypts twice', reusedKeys === 0, `${reusedKeys} keys used again`);
  const uploads = ledger.stanzas({ direction: 'in', tag: 'iq' }).filter(isUpload).length;
  // The first ones are of the linking.
  verdicts.judge('each session has new prekeys', uploads >= 2 * sessions.length, `${uploads} uploads`);
  const missing = await conversation.missing(events);
  verdicts.judge(
    'everything that others wrote is told',
    missing.length === 0,
    `${missing.length} of ${conversation.count}`,
  );
  // A phone whose session has gone on without the backup is asked once for its next message, in person and in a group.
  const asked = askedByClients - before.askedByClients;
  verdicts.judge('each chat is asked for one message at most', asked <= 2 * sessions.length, `${asked} retry receipts`);
  const flagged = events.flagged();
  const ids = await Promise.all(
    queue.map(async ({ session, outboxId = '' }) => (await world.client.outbox(session, outboxId)).waMessageId),
  );
  const arrivals = (part: readonly string[]) => part.map((id) => ledger.tally(id).arrivals);
  const half = ids.length / 2;
  verdicts.judge(
    'what was still queued went out once',
    arrivals(ids.slice(0, half)).every((count) => count === 1),
  );
  verdicts.judge(
    'what had gone out came again, under its id',
    arrivals(ids.slice(half)).every((count) => count === 2),
  );
  verdicts.judge(
    'both are told as possible duplicates',
    ids.every((id) => flagged.has(id)),
  );
  const gaps = events.events().filter(({ event }) => event === 'stream.gap').length;
  verdicts.judge('readers are told of the hole, once', gaps === 1, `${gaps} gaps`);
}
