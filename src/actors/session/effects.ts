import { fromPromise } from 'xstate';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Account, SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { Credentials } from '../../store/credentials.ts';
import type { Outbox } from '../../store/outbox.ts';
import type { Sessions } from '../../store/sessions.ts';
import type { Rest, Settlement } from './context.ts';
import { failureMessage } from './refusals.ts';

export interface EffectDeps {
  sessions: Pick<Sessions, 'update'>;
  credentials: Pick<Credentials, 'wipe'>;
  outbox: Pick<Outbox, 'begin' | 'inFlight' | 'update' | 'complete'>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** The session's effects on the store, for the actor slots of the machine. Each rejects when the store does. */
export function sessionEffects({ sessions, credentials, outbox, now }: EffectDeps) {
  const settle = async (row: OutboxRow, settlement: Settlement): Promise<OutboxRow> => {
    const settled = settledRow(row, settlement, now());
    await outbox.complete(settled);
    return settled;
  };
  const change = (key: SessionAddress, fields: Partial<SessionRecord>) =>
    sessions.update(key, (record) => ({ ...record, ...fields, updatedAt: now() }));

  return {
    recordConnected: fromPromise<void, SessionAddress & { account: Account | null }>(async ({ input }) => {
      await change(input, { account: input.account, resting: null, lastConnectedAt: now() });
    }),
    recordRest: fromPromise<void, SessionAddress & { rest: Rest | null }>(async ({ input: { rest, ...key } }) => {
      if (rest === null) return;
      const resting = { ...rest, since: now() };
      if (rest.status !== 'logged_out') {
        await change(key, { resting });
        return;
      }
      const inDoubt = await outbox.inFlight(key);
      if (inDoubt !== null) await settle(inDoubt, { ok: false, code: 'unknown_outcome' });
      await change(key, { resting, account: null });
      await credentials.wipe(key);
    }),
    beginSend: fromPromise<void, { row: OutboxRow | undefined }>(async ({ input: { row } }) => {
      if (row === undefined) throw new Error('there is no send to begin');
      await outbox.begin(row);
    }),
    recoverSend: fromPromise<OutboxRow | null, SessionAddress>(async ({ input }) => {
      const row = await outbox.inFlight(input);
      if (row === null) return null;
      const again = { ...row, attempts: row.attempts + 1 };
      await outbox.update(again);
      return again;
    }),
    completeSend: fromPromise<OutboxRow, { row: OutboxRow | undefined; settlement: Settlement | null }>(
      async ({ input: { row, settlement } }) => {
        if (row === undefined || settlement === null) throw new Error('there is no result to record');
        return settle(row, settlement);
      },
    ),
  };
}

/** The final row of a send. */
export function settledRow(row: OutboxRow, settlement: Settlement, now: number): OutboxRow {
  if (settlement.ok) return { ...row, status: 'sent', timestamp: settlement.timestamp };
  const { code } = settlement;
  return { ...row, status: 'failed', timestamp: now, error: { code, message: failureMessage(code) } };
}
