import { done, type Outcome, type Refusal, refused } from '../../domain/errors.ts';
import type { GroupRecord } from '../../domain/group.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { GroupRecords } from '../../store/records/groups.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { SessionRouter } from '../runtime/session-router.ts';
import type { Answer } from '../session/commands.ts';
import { sessionNotFound } from '../session/refusals.ts';
import type { LiveAction } from '../socket/port.ts';

/** Groups of a linked number. A missing session is refused with `not_found`. */
export interface GroupService {
  /**
   * Joins the group of an invite (a code, not a link) and yields its JID, also when the number is a member already.
   * `validation_error`: invalid, expired or revoked; `conflict`: an admin must approve, or the group is full;
   * `not_implemented`: not connected.
   */
  join(address: SessionAddress, code: string): Promise<Outcome<{ groupJid: string }>>;
  /** The group as last seen; asks WhatsApp for one that was not seen yet. `not_found` for one of others. */
  find(address: SessionAddress, groupJid: string): Promise<Outcome<GroupRecord>>;
}

export interface GroupServiceDeps {
  sessions: Pick<Sessions, 'find'>;
  records: GroupRecords;
  router: Pick<SessionRouter, 'ask'>;
  /** Epoch milliseconds. */
  now: () => number;
}

export function createGroupService({ sessions, records, router, now }: GroupServiceDeps): GroupService {
  const perform = async (address: SessionAddress, action: LiveAction): Promise<Outcome<Answer>> => {
    if ((await sessions.find(address)) === null) return refused(sessionNotFound);
    return router.ask(address, { type: 'session.perform', requestId: newRequestId(), action });
  };

  return {
    join: async (address, code) => {
      const outcome = await perform(address, { kind: 'joinGroup', code });
      if (!outcome.ok) return outcome;
      if (outcome.value.kind !== 'joined')
        throw new Error(`unexpected reply kind "${outcome.value.kind}" to joinGroup`);
      return done({ groupJid: outcome.value.groupJid });
    },
    find: async (address, groupJid) => {
      const record = await records.find(address, groupJid);
      if (record !== null) return done(record);
      const outcome = await perform(address, { kind: 'fetchGroup', jid: groupJid });
      // Without a connection only stored groups are known.
      if (!outcome.ok) return outcome.refusal.code === 'not_implemented' ? refused(groupNotFound) : outcome;
      if (outcome.value.kind !== 'group')
        throw new Error(`unexpected reply kind "${outcome.value.kind}" to fetchGroup`);
      return done({ group: outcome.value.group, firstSeenAt: now(), updatedAt: now() });
    },
  };
}

const groupNotFound: Refusal = { code: 'not_found', message: 'group not found' };
