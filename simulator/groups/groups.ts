import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { SimulatorError } from '../errors.ts';
import type { GroupsState } from '../state/schema.ts';
import { GroupRecord, type GroupSettings } from './group-record.ts';

/** More groups than any test needs, few enough to hold in memory. */
const LARGEST_GROUP_COUNT = 10_000;
/** Codes of links are never forgotten, so that a revoked one can be told from one that never was. */
const LARGEST_INVITE_COUNT = 100_000;
const INVITE_BYTES = 16;
/** How the addresses of WhatsApp's groups begin. */
const JID_PREFIX = '120363';
const JID_DIGITS = 12;

/** Every group of the simulated WhatsApp. */
export class Groups {
  readonly #byJid = new Map<string, GroupRecord>();
  readonly #byInvite = new Map<string, GroupRecord>();

  /** @param owner the account behind a number. Throws when there is none. */
  static restored({ all, invites }: GroupsState, owner: (phone: string) => Account): Groups {
    const groups = new Groups();
    for (const state of all) groups.#byJid.set(state.jid, GroupRecord.restored(state, owner));
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

  /** The group that a code leads to, or once led to. */
  invitedBy(code: string): GroupRecord | undefined {
    return this.#byInvite.get(code);
  }

  /** The group gets a new link; its old one is dead for good. */
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

/** 22 characters that may stand in a link, as WhatsApp's have. */
function inviteCode(): string {
  return randomBytes(INVITE_BYTES).toString('base64url');
}
