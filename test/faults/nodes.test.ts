import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { type ProcessCluster, startProcessCluster } from './support/cluster.ts';
import { linkAll } from './support/world.ts';

test('who waits for a node that dies in the middle of a send is told that the outcome is not known, and it is sent', async () => {
  await using nodes = await startProcessCluster();
  const owner = await nodes.start('owner');
  const [session = ''] = await linkAll({ ...nodes, client: owner.client }, 1);
  const other = await nodes.start('other');
  await other.client.sendText(session, to, 'before');
  nodes.simulator.faults.add({ kind: 'no-ack', times: 1 });

  const asked = other.client.sendText(session, to, 'in the middle');
  await eventually(() => assert.equal(arrivals(nodes, 'in the middle'), 1));
  await owner.gateway.end('SIGKILL');
  const answer = await asked;

  assert.equal(answer.status, 504, JSON.stringify(answer.body));
  await eventually(async () => assert.equal((await other.client.session(session)).status, 'connected'), 20_000);
  assert.equal((await other.client.sendText(session, to, 'after')).status, 200);
  await eventually(() => assert.equal(arrivals(nodes, 'after'), 1));
  assert.equal(arrivals(nodes, 'in the middle'), 1);
});

/** Distinct messages with this text that the contact has. */
function arrivals({ simulator }: ProcessCluster, text: string): number {
  return simulator.ledger.visible({ to }).filter((delivery) => delivery.text === text).length;
}
