import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { takeOutboundRecord } from './outbound-record.ts';

/**
 * The project's test reporter: a line for each test and for what it says of itself (`t.diagnostic`), failures in full,
 * and a closing `N passed, N failed`.
 * A skipped or unfinished (`todo`) test counts as failed, and so do a run in which no test ran, and each attempt to
 * reach another computer that the guard has recorded, whatever its test made of it.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const tally = { passed: 0, failed: 0 };
  const failures: string[] = [];
  for await (const event of source) {
    // The runner says things of its own, too, which belong to no file.
    if (event.type === 'test:diagnostic' && event.data.file !== undefined) yield `ℹ ${event.data.message}\n`;
    const verdict = judge(event);
    if (verdict === undefined) continue;
    tally[verdict.outcome] += 1;
    if (verdict.detail !== undefined) failures.push(`${verdict.line}${verdict.detail}`);
    yield verdict.line;
  }
  if (tally.passed + tally.failed === 0) {
    tally.failed = 1;
    failures.push('no test ran\n');
  }
  for (const attempt of takeOutboundRecord()) {
    tally.failed += 1;
    failures.push(`✖ ${attempt}\n`);
  }
  if (tally.failed > 0) process.exitCode = 1;
  if (failures.length > 0) yield `\nfailures:\n${failures.join('')}`;
  yield `\n${tally.passed} passed, ${tally.failed} failed\n`;
}

interface Verdict {
  outcome: 'passed' | 'failed';
  line: string;
  detail?: string;
}

function judge(event: TestEvent): Verdict | undefined {
  switch (event.type) {
    case 'test:pass':
      if (event.data.details.type === 'suite') return undefined;
      if (event.data.skip !== undefined) return failed(event.data, `skipped: ${event.data.skip}`);
      if (event.data.todo !== undefined) return failed(event.data, `todo: ${event.data.todo}`);
      return { outcome: 'passed', line: `✔ ${title(event.data)} (${event.data.details.duration_ms.toFixed(0)} ms)\n` };
    case 'test:fail':
      return onlyRepeatsASubtest(event.data.details.error) ? undefined : failed(event.data, event.data.details.error);
    default:
      return undefined;
  }
}

function failed(test: { name: string; file?: string }, why: unknown): Verdict {
  const cause = why instanceof Error && why.cause !== undefined ? why.cause : why;
  const detail = typeof cause === 'string' ? cause : inspect(cause, { depth: 6 });
  return { outcome: 'failed', line: `✖ ${title(test)}\n`, detail: `${detail.replaceAll(/^/gm, '    ')}\n` };
}

function title(test: { name: string; file?: string }): string {
  const file = test.file === undefined ? '' : `${relative(process.cwd(), test.file)}: `;
  return `${file}${test.name}`;
}

/** A parent of a failed test fails too; counting both would count one fault twice. */
function onlyRepeatsASubtest(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}
