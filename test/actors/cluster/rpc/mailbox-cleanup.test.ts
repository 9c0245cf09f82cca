import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import * as v from 'valibot';
import { BackgroundTasks } from '../../../../src/actors/background-tasks.ts';
import { MailboxCleanup } from '../../../../src/actors/cluster/rpc/mailbox-cleanup.ts';
import { systemTimer } from '../../../../src/domain/clock.ts';
import { MailboxKeys } from '../../../../src/store/encryption/mailbox-keys.ts';
import type { Node } from '../../../../src/store/records/cluster/node-leases.ts';
import { nodeMailbox } from '../../../../src/store/records/cluster/node-mailbox.ts';
import { jsonCodec } from '../../../../src/store/records/codec.ts';
import { eventually } from '../../../support/eventually.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const nodeOf = (nodeId: string): Node => ({ incarnation: `life of ${nodeId}`, nodeId, state: 'running', sessions: 0 });

it('empties the mailbox of a node that dies later, also when the store fails meanwhile, until it ends', async () => {
  await using store = await openMemoryStore();
  const background = new BackgroundTasks();
  const mailbox = nodeMailbox(store, jsonCodec('message of this test', v.object({})), new MailboxKeys());
  const live = ['one', 'two'];
  const asked = { failures: 0, times: 0 };
  const cleanup = new MailboxCleanup({
    mailbox,
    membership: {
      nodeId: 'one',
      liveNodes: async () => {
        asked.times += 1;
        if (asked.failures > 0) asked.failures -= 1;
        else return live.map(nodeOf);
        throw new Error('the store does not answer');
      },
    },
    background,
    delay: (ms, run) => systemTimer(ms / 3_000, run),
    logger: pino({ level: 'silent' }),
  });
  await mailbox.tidy('two', async () => new Set(live));
  await mailbox.send({ nodeId: 'two', publicKey: null }, {});
  const length = async () => (await store.read(['gateway', 'mail', 'two'], { limit: 10 })).entries.length;

  await cleanup.start();
  assert.equal(await length(), 1);
  asked.failures = 2;
  live.pop();

  await eventually(async () => assert.equal(await length(), 0));
  assert.equal(asked.failures, 0);
  cleanup.end();
  await background.idle();
});
