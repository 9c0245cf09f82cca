import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { SimulatorError } from '../errors.ts';
import type { GroupsState } from '../state/schema.ts';
import { GroupRecord, type GroupSettings } from './group-record.ts';

/** More groups than any test needs, few enough to hold in memory. */
const LARGEST_GROUP_COUNT = 10_000;
/** Codes are kept for good, to distinguish a revoked one from an unknown one. */
const LARGEST_INVITE_COUNT = 100_000;
const INVITE_BYTES = 16;
/** The prefix of WhatsApp's group addresses. */
const JID_PREFIX = '120363';
const JID_DIGITS = 12;

/** All groups of the simulated WhatsApp. */
export class Groups {
  readonly #byJid = new Map<string, GroupRecord>();
  readonly #byInvite = new Map<string, GroupRecord>();

  /** @param accountOf yields the account of a number */
  static restored({ all, invites }: GroupsState, accountOf: (phone: string) => Account): Groups {
    const groups = new Groups();
    for (const state of all) groups.#byJid.set(state.jid, GroupRecord.restored(state, accountOf));
    for (const [code, jid] of invites) {
      const group = groups.get(jid);
      if (group !== undefined) groups.#byInvite.set(code, group);
    }
    return groups;
  }

  state(): GroupsState {
    return {
      all: this.all.map((group) => group.state()),
      invites: [...this.#byInvite].map(([code, { jid }]) => [code, jid]),
    };
  }

  get all(): GroupRecord[] {
    return [...this.#byJid.values()];
  }

  /** Throws `conflict` when the invite code is taken. */
  add(settings: GroupSettings, owner: Account, invite = inviteCode()): GroupRecord {
    if (this.#byJid.size >= LARGEST_GROUP_COUNT) throw new SimulatorError('conflict', 'there are too many groups');
    const jid = `${JID_PREFIX}${String(this.#byJid.size + 1).padStart(JID_DIGITS, '0')}@g.us`;
    const group = new GroupRecord({ jid, settings, owner, invite });
    this.#register(invite, group);
    this.#byJid.set(jid, group);
    return group;
  }

  get(jid: string): GroupRecord | undefined {
    return this.#byJid.get(jid);
  }

  /** The groups that the account is in. */
  of(account: Account): GroupRecord[] {
    return this.all.filter((group) => group.role(account) !== undefined);
  }

  /** The group of an invite code, also of a revoked one. */
  byInvite(code: string): GroupRecord | undefined {
    return this.#byInvite.get(code);
  }

  /** Replaces the invite code; the old one stays revoked. */
  resetInvite(group: GroupRecord): void {
    const code = inviteCode();
    this.#register(code, group);
    group.invite = code;
    group.inviteExpired = false;
  }

  #register(code: string, group: GroupRecord): void {
    if (this.#byInvite.has(code)) throw new SimulatorError('conflict', `the invite code ${code} is taken`);
    if (this.#byInvite.size >= LARGEST_INVITE_COUNT) throw new SimulatorError('conflict', 'there are too many invites');
    this.#byInvite.set(code, group);
  }
}

/** 22 characters that are allowed in a link, as in WhatsApp's. */
function inviteCode(): string {
  return randomBytes(INVITE_BYTES).toString('base64url');
}
