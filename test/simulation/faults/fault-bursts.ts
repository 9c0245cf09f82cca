import type { World } from '../world/world.ts';

/** Schedules outages of the store, crashes and jumps of the wall clock, each at its own rate, while faults are on. */
export function scheduleBursts(world: World): void {
  const { profile } = world.faultModel;
  repeat(world, profile.outageEveryMs, () => {
    world.trace.write('the store goes away');
    world.verdict.see('store outage');
    world.faultModel.isStoreOut = true;
    world.scheduler.delay(world.prng.between(500, 40_000), () => {
      world.faultModel.isStoreOut = false;
    });
  });
  repeat(world, profile.crashEveryMs, () => {
    if (world.prng.chance(0.3)) world.shutDown();
    else world.crashes.kill();
  });
  repeat(world, profile.clockJumpEveryMs, () => world.jumpClock(jumpMs(world)));
}

function repeat(world: World, everyMs: number, happen: () => void): void {
  if (!Number.isFinite(everyMs)) return;
  world.scheduler.delay(world.prng.wait(everyMs), () => {
    if (world.faultModel.isOff) return;
    happen();
    repeat(world, everyMs, happen);
  });
}

/** Mostly as a clock is corrected, now and then as one that was wrong altogether. */
function jumpMs({ prng }: World): number {
  const most = prng.pick({ second: 3, minute: 2, hours: 1 });
  if (most === 'second') return prng.integer(-1_000, 1_000);
  if (most === 'minute') return prng.integer(-30_000, 60_000);
  return prng.integer(0, 3 * 60 * 60 * 1000);
}
