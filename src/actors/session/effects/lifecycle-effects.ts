import type { Requester } from '../../../domain/principal.ts';
import type { Account, SessionAddress, SessionRecord } from '../../../domain/session.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import { type Credentials, headKey } from '../../../store/records/sessions/credentials.ts';
import type { Sessions } from '../../../store/records/sessions/sessions.ts';
import type { AuditLog } from '../../audit-log.ts';
import type { Inactive, InactiveInput } from '../policy/inactive-policy.ts';
import { settledRow } from '../policy/settled-row.ts';
import { promiseActor, type ReportFailure } from './promise-actor.ts';

/** The circuit breaker that stops logins while WhatsApp refuses this version of the client. */
interface VersionBreaker {
  /** Lets this session log in next. */
  allowProbe(session: string): void;
  /** Called after a successful login. */
  close(): void;
}

export interface LifecycleDeps {
  sessions: Pick<Sessions, 'update'>;
  credentials: Pick<Credentials, 'wipe'>;
  outbox: Pick<Outbox, 'inFlight' | 'settle'>;
  breaker: VersionBreaker;
  audit: AuditLog;
  report: ReportFailure;
  /** Epoch milliseconds. */
  now: () => number;
}

/** The lifecycle effects, for the actor slots of the machine. Each rejects when the store does. */
export function lifecycleEffects(deps: LifecycleDeps) {
  const { sessions, credentials, outbox, breaker, audit, report, now } = deps;
  const change = (address: SessionAddress, fields: Partial<SessionRecord>) =>
    sessions.update(address, (record) => ({ ...record, ...fields, updatedAt: now() }));

  return {
    recordConnected: promiseActor<void, SessionAddress & { account: Account | null }>(
      'recordConnected',
      report,
      async (input) => {
        breaker.close();
        const { account, ...address } = input;
        let before: Account | null = null;
        // A stop or logout that was stored meanwhile takes precedence.
        const record = await sessions.update(address, (record) => {
          before = record.account;
          return record.resting === null ? { ...record, account, lastConnectedAt: now(), updatedAt: now() } : record;
        });
        const linked = before === null ? (record?.account ?? null) : null;
        if (linked !== null) audit.record({ audit: 'session.linked', by: 'phone', account: linked.jid, ...address });
      },
    ),
    recordStart: promiseActor<void, SessionAddress & { isRequested: boolean }>('recordStart', report, async (input) => {
      if (input.isRequested) breaker.allowProbe(input.session);
      await change(input, { resting: null });
    }),
    recordInactive: promiseActor<number | null, InactiveInput>(
      'recordInactive',
      report,
      async ({ inactive, requester, ...address }) => {
        if (inactive === null) return null;
        const resting = { ...inactive, since: now() };
        if (inactive.status !== 'logged_out') {
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
            return { ...record, resting, account: null, restrictions: [], updatedAt: now() };
          },
          // In one commit with the record: a logged-out session has no identity to log in with.
          also,
        );
        // When wiping fails, this effect is repeated: then the account is gone, and the audit line is written already.
        if (before !== null) audit.record(...loggedOut(address, inactive, requester));
        await credentials.wipe(address);
        return resting.since;
      },
    ),
  };
}

/** WhatsApp may log the device out before the request reaches it: then the audit line names WhatsApp. */
function loggedOut(
  address: SessionAddress,
  { reason }: Inactive,
  requester: Requester | null,
): Parameters<AuditLog['record']> {
  const isRequested = reason === 'unlinked' || reason === 'unlinked_offline';
  const act = { audit: 'session.logged_out', reason, ...address } as const;
  return isRequested && requester !== null
    ? [{ ...act, by: requester.by }, requester.requestId]
    : [{ ...act, by: 'whatsapp' }];
}
