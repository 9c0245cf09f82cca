import type { Account } from '../accounts/account.ts';
import type { Addressing } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { GroupState } from '../state/schema.ts';

export type Role = 'member' | 'admin' | 'superadmin';

/** The settings of a group. */
export interface GroupSettings {
  readonly subject: string;
  readonly addressing: Addressing;
  readonly description: string | undefined;
  /** Whether only admins may write. */
  readonly announce: boolean;
  /** Whether only admins may change the group. */
  readonly locked: boolean;
  /** Whether an admin must approve accounts that follow the invite link. */
  readonly approval: boolean;
  /** How many members it may have. */
  readonly capacity: number;
  /** After how many seconds its messages disappear; undefined when they do not. */
  readonly ephemeral?: number | undefined;
}

/** A group on the server. It sends no notifications; `change.ts` does. */
export class GroupRecord {
  readonly jid: string;
  settings: GroupSettings;
  readonly owner: Account;
  /** Seconds since 1970. */
  readonly createdAt: number;
  subject: string;
  /** Seconds since 1970. */
  subjectAt: number;
  /** The code of the current invite link. */
  invite: string;
  inviteExpired = false;
  /** Accounts that followed the invite link and wait for approval. */
  readonly applicants = new Set<Account>();
  /** Accounts that were removed, and cannot rejoin by invite. */
  readonly expelled = new Set<Account>();
  readonly #roles = new Map<Account, Role>();

  /** @param options `createdAt` in seconds since 1970, now unless given */
  constructor(options: {
    jid: string;
    settings: GroupSettings;
    owner: Account;
    invite: string;
    createdAt?: number;
  }) {
    this.createdAt = options.createdAt ?? Math.floor(Date.now() / 1000);
    this.subjectAt = this.createdAt;
    this.jid = options.jid;
    this.settings = options.settings;
    this.owner = options.owner;
    this.subject = options.settings.subject;
    this.invite = options.invite;
    this.admit(options.owner, 'superadmin');
  }

  /** @param accountOf yields the account of a number */
  static restored(state: GroupState, accountOf: (phone: string) => Account): GroupRecord {
    const { jid, settings, invite, createdAt, subject, subjectAt, inviteExpired } = state;
    const group = new GroupRecord({
      ...{ jid, invite, createdAt },
      settings: { ...settings, description: settings.description },
      owner: accountOf(state.owner),
    });
    group.subject = subject;
    group.subjectAt = subjectAt;
    group.inviteExpired = inviteExpired;
    group.#roles.clear();
    for (const [phone, role] of state.roles) group.#roles.set(accountOf(phone), role);
    for (const phone of state.applicants) group.applicants.add(accountOf(phone));
    for (const phone of state.expelled) group.expelled.add(accountOf(phone));
    return group;
  }

  state(): GroupState {
    const { jid, settings, invite, createdAt, subject, subjectAt, inviteExpired } = this;
    return {
      ...{ jid, settings, invite, createdAt, subject, subjectAt, inviteExpired },
      owner: this.owner.phone,
      applicants: [...this.applicants].map(({ phone }) => phone),
      expelled: [...this.expelled].map(({ phone }) => phone),
      roles: [...this.#roles].map(([{ phone }, role]) => [phone, role]),
    };
  }

  /** In the order of joining. */
  get members(): Account[] {
    return [...this.#roles.keys()];
  }

  get full(): boolean {
    return this.#roles.size >= this.settings.capacity;
  }

  role(account: Account): Role | undefined {
    return this.#roles.get(account);
  }

  isAdmin(account: Account): boolean {
    return (this.#roles.get(account) ?? 'member') !== 'member';
  }

  /** Throws `conflict` when the group is full. */
  admit(account: Account, role: Role): void {
    if (this.full && !this.#roles.has(account)) throw new SimulatorError('conflict', `${this.jid} is full`);
    this.#roles.set(account, role);
    this.applicants.delete(account);
    this.expelled.delete(account);
  }

  /** Puts an account in the place of another one, with its role. */
  replace(before: Account, after: Account): void {
    const roles = [...this.#roles];
    this.#roles.clear();
    for (const [account, role] of roles) this.#roles.set(account === before ? after : account, role);
  }

  remove(account: Account): void {
    this.#roles.delete(account);
  }

  /** The address of a device of that account in the group's name space. */
  addressOf(account: Account, device = 0): string {
    return account.address(this.settings.addressing, device);
  }

  /** The address of the account in the other name space, if it has one there. */
  aliasOf(account: Account): string | undefined {
    return account.alias(this.settings.addressing);
  }
}
