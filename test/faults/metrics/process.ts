import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayProcess } from '../../support/gateway/gateway-process.ts';
import { limitFiles } from '../support/volume.ts';
import { is, judgeGauge, judgeGrowth, type Stage, send } from './stage.ts';

const stoppedMs = 1_500;

/** The whole process stands still for a while, as when its machine has no time for it, and is read meanwhile. */
export async function moveEventLoop(stage: Stage, gateway: GatewayProcess): Promise<void> {
  await judgeGrowth(
    stage,
    `the process stands still for ${stoppedMs} ms, and is read meanwhile`,
    [
      [['event_loop_delay_seconds_sum'], { atLeast: stoppedMs / 1_000 - 0.1 }],
      [['event_loop_delay_seconds_count'], { atLeast: 1 }],
    ],
    async () => {
      gateway.signal('SIGSTOP');
      const reading = stage.scraper.read();
      await pause(stoppedMs);
      gateway.signal('SIGCONT');
      await reading;
    },
  );
}

/** A disk that takes nothing, and then does again. */
export async function moveStore(stage: Stage, gateway: GatewayProcess, session: string): Promise<void> {
  const { client } = stage.world;
  await judgeGauge(stage, 'all is well', ['store_working'], is(1));
  await judgeGrowth(
    stage,
    'the disk takes nothing',
    [
      [['store_failures_total', { operation: 'commit' }], { atLeast: 1 }],
      [['reconnects_total', { reason: 'store_unavailable' }], { atLeast: 1 }],
      [['send_refusals_total', { code: 'unavailable' }], 1],
    ],
    async () => {
      await limitFiles(gateway.pid, 0);
      await send(stage, session, 'cannot be kept');
    },
  );
  await judgeGauge(stage, 'nothing can be written', ['store_working'], is(0));
  await limitFiles(gateway.pid, 'unlimited');
  await judgeGauge(stage, 'there is room again', ['store_working'], is(1));
  await client.until(session, 'connected');
}

/** How long a question to the store takes, on average, from some reading on. */
export async function meanOfStore({ scraper, world }: Stage, session: string): Promise<number> {
  const before = await scraper.read();
  for (let at = 0; at < 20; at += 1) await world.client.session(session);
  const now = await scraper.read();
  const grown = (name: string) => now.of(name, { operation: 'get' }) - before.of(name, { operation: 'get' });
  return grown('store_seconds_sum') / grown('store_seconds_count');
}
