import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ResponseMessage } from '../../../../src/actors/cluster/rpc/node-message.ts';
import type { NodeAddress } from '../../../../src/actors/cluster/rpc/node-rpc.ts';
import { RemoteSessions } from '../../../../src/actors/cluster/rpc/remote-sessions.ts';
import type { Node } from '../../../../src/store/records/cluster/node-leases.ts';

const address = { organization: 'acme', session: 'one' };
const command = { type: 'session.start', requestId: 'request' } as const;
const done: ResponseMessage = { ok: true, value: { kind: 'done' } };

/** Nodes b and c, of which one owns the session; every step that is taken is noted. */
function cluster() {
  const steps: string[] = [];
  const facts = { owner: 'b', living: ['b', 'c'] };
  const node = (nodeId: string): Node => ({ incarnation: `life of ${nodeId}`, nodeId, state: 'running', sessions: 1 });
  const sessions = new RemoteSessions({
    owners: {
      find: async () => {
        steps.push('look');
        const { incarnation, nodeId } = node(facts.owner);
        return { owner: { incarnation, nodeId, epoch: 1, heir: null, at: 0 }, version: '1' };
      },
    },
    membership: {
      incarnation: 'life of a',
      get known() {
        return facts.living.map(node);
      },
      isLiving: async (incarnation) => facts.living.some((name) => node(name).incarnation === incarnation),
    },
    courier: {
      ask: async ({ nodeId }: NodeAddress) => {
        steps.push(`ask ${nodeId}`);
        return nodeId === facts.owner ? done : 'elsewhere';
      },
      tell: ({ nodeId }: NodeAddress) => void steps.push(`tell ${nodeId}`),
    },
  });
  return { sessions, steps, facts };
}

it('asks the node that has answered last, without a look into the store', async () => {
  const { sessions, steps } = cluster();

  for (let request = 0; request < 3; request += 1) assert.deepEqual(await sessions.ask(address, command), done);

  assert.deepEqual(steps, ['look', 'ask b', 'ask b', 'ask b']);
});

it('looks for the owner when the node that has answered last gives the request back', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.ask(address, command);
  facts.owner = 'c';

  assert.deepEqual(await sessions.ask(address, command), done);

  assert.deepEqual(steps, ['look', 'ask b', 'ask b', 'look', 'ask c']);
});

it('does not ask a node that is gone', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.ask(address, command);
  facts.living = ['c'];

  const refusal = await sessions.ask(address, command);

  assert(refusal !== 'elsewhere' && !refusal.ok && refusal.refusal.details?.['reason'] === 'session_moving');
  assert.deepEqual(steps, ['look', 'ask b', 'look']);
});

it('tells the owner that the store knows', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.ask(address, command);
  facts.owner = 'c';

  await sessions.tell(address, 'outbox.queued');

  assert.deepEqual(steps, ['look', 'ask b', 'look', 'tell c']);
});
