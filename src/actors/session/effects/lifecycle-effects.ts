import type { Requester } from '../../../domain/principal.ts';
import type { Account, SessionAddress, SessionRecord } from '../../../domain/session.ts';
import { type Credentials, headKey } from '../../../store/records/credentials.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../../store/records/sessions.ts';
import type { AuditLog } from '../../audit-log.ts';
import type { ClientVersionBreaker } from '../../login/client-version-breaker.ts';
import type { Inactive, InactiveInput } from '../policy/inactive-policy.ts';
import { settledRow } from '../policy/settled-row.ts';
import { promiseActor, type ReportFailure } from './promise-actor.ts';

export interface LifecycleDeps {
  sessions: Pick<Sessions, 'update'>;
  credentials: Pick<Credentials, 'wipe'>;
  outbox: Pick<Outbox, 'inFlight' | 'settle'>;
  circuit: Pick<ClientVersionBreaker, 'allowProbe' | 'close'>;
  audit: AuditLog;
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
    recordConnected: promiseActor<void, SessionAddress & { account: Account | null }>(
      'recordConnected',
      report,
      async (input) => {
        circuit.close();
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
    recordStart: promiseActor<void, SessionAddress & { isAsked: boolean }>('recordStart', report, async (input) => {
      if (input.isAsked) circuit.allowProbe(input.session);
      await change(input, { resting: null });
    }),
    recordRest: promiseActor<number | null, InactiveInput>(
      'recordRest',
      report,
      async ({ rest, asker, ...address }) => {
        if (rest === null) return null;
        const resting = { ...rest, since: now() };
        if (rest.status !== 'logged_out') {
          await change(address, { resting });
          return resting.since;
        }
        const inDoubt = await outbox.inFlight(address);
        if (inDoubt !== null) {
          await outbox.settle(settledRow(inDoubt, { ok: false, code: 'unknown_outcome' }, now()), null);
        }
        const also = { deletes: [headKey(address)] };
        let before: Account | null = null;
        await sessions.update(
          address,
          (record) => {
            before = record.account;
            return { ...record, resting, account: null, updatedAt: now() };
          },
          // In one step with the record: a session that is logged out has no identity to log in with.
          also,
        );
        // This is tried again when it fails below: a session that had no account any more was told of before.
        if (before !== null) audit.record(...loggedOut(address, rest, asker));
        await credentials.wipe(address);
        return resting.since;
      },
    ),
  };
}

/** WhatsApp may end the login before it is asked to: then nobody else has. */
function loggedOut(
  address: SessionAddress,
  { reason }: Inactive,
  asker: Requester | null,
): Parameters<AuditLog['record']> {
  const isAsked = reason === 'unlinked' || reason === 'unlinked_offline';
  const act = { audit: 'session.logged_out', reason, ...address } as const;
  return isAsked && asker !== null ? [{ ...act, by: asker.by }, asker.requestId] : [{ ...act, by: 'whatsapp' }];
}
