import type { Account, SessionAddress, SessionRecord } from '../../domain/session.ts';
import { type Credentials, headKey } from '../../store/credentials.ts';
import type { Outbox } from '../../store/outbox.ts';
import type { Sessions } from '../../store/sessions.ts';
import type { Audit } from '../audit.ts';
import type { ClientCircuit } from '../client-circuit.ts';
import { effect, type ReportFailure } from './effect.ts';
import type { Rest } from './rests.ts';
import { settledRow } from './settlement.ts';

export interface LifecycleDeps {
  sessions: Pick<Sessions, 'update'>;
  credentials: Pick<Credentials, 'wipe'>;
  outbox: Pick<Outbox, 'inFlight' | 'settle'>;
  circuit: Pick<ClientCircuit, 'letTry' | 'passed'>;
  audit: Audit;
  report: ReportFailure;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What the lifecycle of a session stores, for the actor slots of the machine. Each rejects when the store does. */
export function lifecycleEffects(deps: LifecycleDeps) {
  const { sessions, credentials, outbox, circuit, audit, report, now } = deps;
  const change = (address: SessionAddress, fields: Partial<SessionRecord>) =>
    sessions.update(address, (record) => ({ ...record, ...fields, updatedAt: now() }));

  return {
    recordConnected: effect<void, SessionAddress & { account: Account | null }>(
      'recordConnected',
      report,
      async (input) => {
        circuit.passed();
        const { account, ...address } = input;
        let before: Account | null = null;
        // Whoever stopped or unlinked the session while this was on its way to the store has the last word.
        const record = await sessions.update(address, (record) => {
          before = record.account;
          return record.resting === null ? { ...record, account, lastConnectedAt: now(), updatedAt: now() } : record;
        });
        const linked = before === null ? (record?.account ?? null) : null;
        if (linked !== null) audit.record({ audit: 'session.linked', by: 'phone', account: linked.jid, ...address });
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
        // The end that somebody asked for is told where it was asked for.
        const isAsked = rest.reason === 'unlinked' || rest.reason === 'unlinked_offline';
        if (!isAsked) audit.record({ audit: 'session.logged_out', by: 'whatsapp', reason: rest.reason, ...address });
        await credentials.wipe(address);
      },
    ),
  };
}
