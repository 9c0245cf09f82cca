import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Plan, type Report, ReportSchema } from './load-plan.ts';

const program = join(import.meta.dirname, 'generator-process.ts');

/** Carries out a plan in a process of its own. Rejects when that ends without a report. */
export async function generate(plan: Plan): Promise<Report> {
  const child = fork(program);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the generator ended with ${code} and no report`);
  });
  const reported = once(child, 'message');
  child.send(plan);
  const [report] = await Promise.race([reported, ended]);
  // Its end is in order from here on.
  ended.catch(() => undefined);
  return v.parse(ReportSchema, report);
}
