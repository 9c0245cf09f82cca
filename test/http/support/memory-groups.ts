import type { GroupService } from '../../../src/actors/api/group-service.ts';
import { done, type Outcome, refused } from '../../../src/domain/errors.ts';
import type { GroupRecord } from '../../../src/domain/group.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import type { MemoryRegistry } from './memory-sessions.ts';

const time = 1_700_000_000_000;

/** Groups that are kept in memory and follow the rules of the port; `add` is a group that exists on WhatsApp. */
export class MemoryGroups implements GroupService {
  /** Every code that WhatsApp was asked to join by. */
  readonly asked: string[] = [];
  readonly #sessions: MemoryRegistry;
  readonly #groups = new Map<string, GroupRecord>();
  readonly #invites = new Map<string, { groupJid: string; needsApproval: boolean }>();

  constructor(sessions: MemoryRegistry) {
    this.#sessions = sessions;
  }

  add(group: Partial<GroupRecord['group']> & { jid: string }, invite: string, needsApproval = false): void {
    const unknown = { subject: '', description: null, owner: null, isAnnounce: false, isLocked: false };
    const record = { ...unknown, createdAt: null, members: [], ...group };
    this.#groups.set(group.jid, { group: record, firstSeenAt: time, updatedAt: time + 1 });
    this.#invites.set(invite, { groupJid: group.jid, needsApproval });
  }

  async join(address: SessionAddress, code: string): Promise<Outcome<{ groupJid: string }>> {
    const view = await this.#sessions.find(address);
    if (view?.state.status !== 'connected') {
      const details = { reason: 'session_not_connected', status: view?.state.status ?? null };
      return refused({ code: 'not_implemented', message: 'the session is not connected', details });
    }
    this.asked.push(code);
    const invite = this.#invites.get(code);
    if (invite === undefined) return refused({ code: 'validation_error', message: 'the invite is not valid' });
    if (invite.needsApproval) return refused({ code: 'conflict', message: 'an admin must approve' });
    return done({ groupJid: invite.groupJid });
  }

  async find(_address: SessionAddress, groupJid: string): Promise<Outcome<GroupRecord>> {
    const record = this.#groups.get(groupJid);
    return record === undefined ? refused({ code: 'not_found', message: 'group not found' }) : done(record);
  }
}
