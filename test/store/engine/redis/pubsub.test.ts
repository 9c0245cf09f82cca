import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemTimer } from '../../../../src/domain/clock.ts';
import { RedisPubSub } from '../../../../src/store/engine/redis/pubsub.ts';
import { eventually } from '../../../support/eventually.ts';

/** A connection that ends under so many subscriptions. */
function clientThatEnds(times: number) {
  const subscribed: string[] = [];
  return {
    subscribed,
    isOpen: true,
    isReady: true,
    connect: async () => undefined,
    destroy: () => undefined,
    ping: async () => undefined,
    sSubscribe: async (channel: string) => {
      subscribed.push(channel);
      if (subscribed.length <= times) throw new Error('the connection has ended');
    },
    sUnsubscribe: async () => undefined,
  };
}

test('however many follow a log, it is subscribed to once, until none does', async () => {
  const client = clientThatEnds(0);
  const messages = new RedisPubSub(client, systemTimer, 10);

  for (let followers = 0; followers < 100; followers += 1) await messages.subscribe('log', () => undefined);
  messages.unsubscribe('log');
  await messages.subscribe('log', () => undefined);

  assert.deepEqual(client.subscribed, ['log', 'log']);
  messages.close();
});

test('a subscription that the end of the connection has thrown away is made again, and what was missed is read', async () => {
  const client = clientThatEnds(2);
  const messages = new RedisPubSub(client, systemTimer, 10);
  let woken = 0;

  await messages.subscribe('log', () => {
    woken += 1;
  });

  await eventually(() => assert.equal(woken, 1));
  assert.equal(client.subscribed.length, 3);
  messages.close();
});
