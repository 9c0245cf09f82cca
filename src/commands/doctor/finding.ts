import { type ScheduleTimer, systemTimer } from '../../domain/clock.ts';

/** `warning`: works, but not as intended. `failed`: does not work, or soon will not. */
export interface Finding {
  state: 'ok' | 'warning' | 'failed';
  /** What was found, in a sentence without a full stop. */
  says: string;
  /** What to do about it. */
  advice?: string;
}

/** A check changes nothing; one that takes too long is reported as failed. */
export interface Check {
  name: string;
  run: () => Finding | Promise<Finding>;
}

export interface Found extends Finding {
  check: string;
}

/** How long a check may take. */
const checkTimeoutMs = 10_000;

export function ok(says: string): Finding {
  return { state: 'ok', says };
}

export function warning(says: string, advice: string): Finding {
  return { state: 'warning', says, advice };
}

export function failed(says: string, advice: string): Finding {
  return { state: 'failed', says, advice };
}

/** Runs the checks one after the other. Never rejects: an error is a failed finding. */
export async function* findAll(checks: readonly Check[], delay: ScheduleTimer = systemTimer): AsyncGenerator<Found> {
  for (const { name, run } of checks) yield { check: name, ...(await inTime(run, delay)) };
}

async function inTime(run: Check['run'], delay: ScheduleTimer): Promise<Finding> {
  const late = Promise.withResolvers<Finding>();
  const cancel = delay(checkTimeoutMs, () =>
    late.resolve(
      failed(`it took longer than ${checkTimeoutMs / 1000} s`, 'Check the load of this machine and repeat.'),
    ),
  );
  try {
    return await Promise.race([run(), late.promise]);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error), 'See docs/operations.md.');
  } finally {
    cancel();
  }
}
