import * as v from 'valibot';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { to } from '../../support/gateway/environment.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { type ProcessCluster, type ProcessNode, startProcessCluster } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

const requests = 100;

/** What became of all requests with one key. */
interface Round {
  readonly statuses: readonly number[];
  readonly outboxIds: number;
  readonly first: number;
  readonly stanzas: number;
}

export const idempotencyTwoNodes: Scenario = {
  name: 'idempotency-two-nodes',
  id: 'i1-nodes',
  about: '100 requests at the same time with one idempotency key, sync and async, through two nodes',
  full: { sessions: 2, sends: 50, kills: 0 },
  short: { sessions: 1, sends: 5, kills: 0 },
  run: async (run) => {
    await using nodes = await startProcessCluster({ ledgerSize: 1_000_000 });
    nodes.simulator.faults.add({ kind: 'late-ack', delayMs: 20 });
    const owner = await nodes.start('a');
    const other = await nodes.start('b');
    const sessions = await linkAll({ ...nodes, client: owner.client }, run.size.sessions);
    const rounds: Round[] = [];
    for (let round = 0; round < run.size.sends; round += 1) {
      const session = sessions[round % sessions.length] ?? '';
      rounds.push(await sendOften(nodes, [owner, other], session, `round ${round}`));
    }
    judge(rounds, run);
  },
};

/** Half of the requests through each node; half of those async. */
async function sendOften(
  { simulator }: ProcessCluster,
  through: readonly [ProcessNode, ProcessNode],
  session: string,
  text: string,
): Promise<Round> {
  const asking = Array.from({ length: requests }, (_, index) => {
    const { client } = index % 2 === 0 ? through[0] : through[1];
    const path = `/sessions/${session}/messages${index % 4 < 2 ? '?async=true' : ''}`;
    return client.call('POST', path, { to, type: 'text', text }, { 'idempotency-key': text.replace(' ', '-') });
  });
  const answers = await Promise.all(asking);
  const results = answers
    .filter(({ status }) => status < 300)
    .map(({ body }) => v.parse(SendResultSchema, body))
    .map(({ outboxId, replayed, waMessageId }) => ({ outboxId, replayed, waMessageId }));
  await simulator.ledger.waitFor(() => simulator.ledger.visible().some((one) => one.text === text));
  const ids = simulator.ledger.visible().filter((one) => one.text === text && !one.ownCopy);
  return {
    statuses: answers.map(({ status }) => status),
    outboxIds: new Set(results.map(({ outboxId }) => outboxId)).size,
    first: results.filter(({ replayed }) => !replayed).length,
    stanzas: ids.reduce((sum, { id }) => sum + simulator.ledger.tally(id).arrivals, 0),
  };
}

function judge(rounds: readonly Round[], { verdicts }: Run): void {
  const refused = rounds.flatMap(({ statuses }) => statuses.filter((status) => status !== 200 && status !== 202));
  verdicts.judge('every request is answered with 200 or 202', refused.length === 0, `others: [${refused.join(', ')}]`);
  const stanzas = rounds.map((round) => round.stanzas);
  verdicts.judge(
    'each key is one stanza',
    stanzas.every((count) => count === 1),
    stanzas.join(', '),
  );
  const sends = rounds.map(({ outboxIds }) => outboxIds);
  verdicts.judge(
    'all requests with a key are told of one send',
    sends.every((count) => count === 1),
    sends.join(', '),
  );
  const first = rounds.map((round) => round.first);
  verdicts.judge(
    'all but one are said to be replayed',
    first.every((count) => count === 1),
    first.join(', '),
  );
}
