import type { World } from '../world/world.ts';

/** Has the store go away, the process die and the wall clock jump, each in its own time, while the weather is stormy. */
export function brew(world: World): void {
  const { climate } = world.weather;
  repeat(world, climate.outageEveryMs, () => {
    world.trace.tell('the store goes away');
    world.verdict.see('store outage');
    world.weather.isStoreOut = true;
    world.scheduler.delay(world.dice.between(500, 40_000), () => {
      world.weather.isStoreOut = false;
    });
  });
  repeat(world, climate.crashEveryMs, () => {
    if (world.dice.chance(0.3)) world.shutDown();
    else world.crashes.kill();
  });
  repeat(world, climate.clockJumpEveryMs, () => world.jumpClock(jumpMs(world)));
}

function repeat(world: World, everyMs: number, happen: () => void): void {
  if (!Number.isFinite(everyMs)) return;
  world.scheduler.delay(world.dice.wait(everyMs), () => {
    if (world.weather.isCalm) return;
    happen();
    repeat(world, everyMs, happen);
  });
}

/** Mostly as a clock is corrected, now and then as one that was wrong altogether. */
function jumpMs({ dice }: World): number {
  const most = dice.pick({ second: 3, minute: 2, hours: 1 });
  if (most === 'second') return dice.integer(-1_000, 1_000);
  if (most === 'minute') return dice.integer(-30_000, 60_000);
  return dice.integer(0, 3 * 60 * 60 * 1000);
}
