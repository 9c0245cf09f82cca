import * as v from 'valibot';

/** The moments at which a gateway can be made to end itself; see `preloads/crash-points.ts`. */
const crashPoints = [
  'before begin',
  'after begin',
  'after ratchet commit',
  'after ack',
  'after complete',
  'before record',
  'before reply',
  'before credentials',
  'within credentials',
  'after credentials',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** Where to end: at the point when it has been passed `skip` times. */
export const CrashPlanSchema = v.object({ point: v.picklist(crashPoints), skip: v.number() });

export type CrashPlan = v.InferOutput<typeof CrashPlanSchema>;
