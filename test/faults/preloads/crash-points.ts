import { writeSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { Commit, CommitResult } from '../../../src/store/contract.ts';
import { EntryTable } from '../../../src/store/engine/sqlite/entry-table.ts';
import { SqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { CrashPlanSchema, type CrashPoint } from '../harness/crash-plan.ts';

/**
 * Preloaded into a gateway: ends its process with SIGKILL at a named point, of which it is told over the channel to its
 * parent. The points are edges that can be seen from outside the product's own logic: what is committed, and what is
 * answered.
 */
let plan: v.InferOutput<typeof CrashPlanSchema> | undefined;

process.on('message', (message) => {
  plan = v.parse(CrashPlanSchema, message);
  process.send?.('armed');
});
// Whoever waits for nothing but its parent is to end.
process.channel?.unref();

function pass(point: CrashPoint): void {
  if (plan?.point !== point) return;
  if (plan.skip === 0) {
    // The end of a process takes a while; what happens elsewhere meanwhile is behind this moment.
    writeSync(process.stderr.fd, `crashed at ${Date.now()}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  plan.skip -= 1;
}

/** What a commit does, as its keys tell: what they hold does not matter. */
function edgesOf({ sets = [], deletes = [] }: Commit): { before: CrashPoint[]; after: CrashPoint[] } {
  const kinds = new Set(sets.map(({ key: [, kind, , , type] }) => (kind === 'signal' ? `${kind} ${type}` : kind)));
  const begins = kinds.has('in-flight');
  const ratchets = kinds.has('signal session') || kinds.has('signal sender-key');
  const completes = deletes.some(([, kind]) => kind === 'in-flight');
  const identifies = kinds.has('credentials');
  const records = kinds.has('message') && kinds.has('received');
  return {
    before: [
      ...(begins ? (['before begin'] as const) : []),
      ...(completes ? (['after ack'] as const) : []),
      ...(records ? (['before record'] as const) : []),
      ...(identifies ? (['before credentials'] as const) : []),
    ],
    after: [
      ...(begins ? (['after begin'] as const) : []),
      ...(ratchets ? (['after ratchet commit'] as const) : []),
      ...(completes ? (['after complete'] as const) : []),
      ...(identifies ? (['after credentials'] as const) : []),
    ],
  };
}

const { commit } = SqliteStore.prototype;

Object.defineProperty(SqliteStore.prototype, 'commit', {
  async value(this: SqliteStore, what: Commit): Promise<CommitResult> {
    const { before, after } = edgesOf(what);
    before.forEach(pass);
    const result = await commit.call(this, what);
    if (result.ok) after.forEach(pass);
    return result;
  },
});

const { set } = EntryTable.prototype;

/** Inside the transaction: what it has written so far is not committed. */
Object.defineProperty(EntryTable.prototype, 'set', {
  value(this: EntryTable, ...args: Parameters<typeof set>): void {
    set.apply(this, args);
    if (Buffer.from(args[0].key).includes('credentials')) pass('within credentials');
  },
});

const { end } = ServerResponse.prototype;

Object.defineProperty(ServerResponse.prototype, 'end', {
  value(this: ServerResponse, ...args: unknown[]): unknown {
    const { method, url = '' } = this.req;
    if (method === 'POST' && /\/messages(\?|$)/.test(url)) pass('before reply');
    return Reflect.apply(end, this, args);
  },
});
