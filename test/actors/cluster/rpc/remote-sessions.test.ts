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
  const facts = { owner: 'b', live: ['b', 'c'] };
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
        return facts.live.map(node);
      },
      isLive: async (incarnation) => facts.live.some((name) => node(name).incarnation === incarnation),
    },
    rpc: {
      request: async ({ nodeId }: NodeAddress) => {
        steps.push(`request ${nodeId}`);
        return nodeId === facts.owner ? done : 'elsewhere';
      },
      notify: ({ nodeId }: NodeAddress) => void steps.push(`notify ${nodeId}`),
    },
  });
  return { sessions, steps, facts };
}

it('requests from the node that answered last, without a look-up in the store', async () => {
  const { sessions, steps } = cluster();

  for (let request = 0; request < 3; request += 1) assert.deepEqual(await sessions.request(address, command), done);

  assert.deepEqual(steps, ['look', 'request b', 'request b', 'request b']);
});

it('looks the owner up when the node that answered last does not own the session any more', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.request(address, command);
  facts.owner = 'c';

  assert.deepEqual(await sessions.request(address, command), done);

  assert.deepEqual(steps, ['look', 'request b', 'request b', 'look', 'request c']);
});

it('sends no request to a dead node', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.request(address, command);
  facts.live = ['c'];

  const refusal = await sessions.request(address, command);

  assert(refusal !== 'elsewhere' && !refusal.ok && refusal.refusal.details?.['reason'] === 'session_moving');
  assert.deepEqual(steps, ['look', 'request b', 'look']);
});

it('notifies the owner that the store names', async () => {
  const { sessions, steps, facts } = cluster();
  await sessions.request(address, command);
  facts.owner = 'c';

  await sessions.notify(address, 'outbox.queued');

  assert.deepEqual(steps, ['look', 'request b', 'look', 'notify c']);
});
