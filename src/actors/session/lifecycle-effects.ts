import type { Account, SessionAddress, SessionRecord } from '../../domain/session.ts';
import { type Credentials, headKey } from '../../store/credentials.ts';
import type { Outbox } from '../../store/outbox.ts';
import type { Sessions } from '../../store/sessions.ts';
import type { ClientCircuit } from '../client-circuit.ts';
import { effect, type ReportFailure } from './effect.ts';
import type { Rest } from './rests.ts';
import { settledRow } from './settlement.ts';

export interface LifecycleDeps {
  sessions: Pick<Sessions, 'update'>;
  credentials: Pick<Credentials, 'wipe'>;
  outbox: Pick<Outbox, 'inFlight' | 'settle'>;
  circuit: Pick<ClientCircuit, 'letTry' | 'passed'>;
  report: ReportFailure;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What the lifecycle of a session stores, for the actor slots of the machine. Each rejects when the store does. */
export function lifecycleEffects({ sessions, credentials, outbox, circuit, report, now }: LifecycleDeps) {
  const change = (address: SessionAddress, fields: Partial<SessionRecord>) =>
    sessions.update(address, (record) => ({ ...record, ...fields, updatedAt: now() }));

  return {
    recordConnected: effect<void, SessionAddress & { account: Account | null }>(
      'recordConnected',
      report,
      async (input) => {
        circuit.passed();
        const { account, ...address } = input;
        // Whoever stopped or unlinked the session while this was on its way to the store has the last word.
        await sessions.update(address, (record) =>
          record.resting === null ? { ...record, account, lastConnectedAt: now(), updatedAt: now() } : record,
        );
      },
    ),
    recordStart: effect<void, SessionAddress & { isAsked: boolean }>('recordStart', report, async (input) => {
      if (input.isAsked) circuit.letTry(input.session);
      await change(input, { resting: null });
    }),
    recordRest: effect<void, SessionAddress & { rest: Rest | null }>(
      'recordRest',
      report,
      async ({ rest, ...address }) => {
        if (rest === null) return;
        const resting = { ...rest, since: now() };
        if (rest.status !== 'logged_out') {
          await change(address, { resting });
          return;
        }
        const inDoubt = await outbox.inFlight(address);
        if (inDoubt !== null) {
          await outbox.settle(settledRow(inDoubt, { ok: false, code: 'unknown_outcome' }, now()), null);
        }
        const also = { deletes: [headKey(address)] };
        await sessions.update(
          address,
          (record) => ({ ...record, resting, account: null, updatedAt: now() }),
          // In one step with the record: a session that is logged out has no identity to log in with.
          also,
        );
        await credentials.wipe(address);
      },
    ),
  };
}
