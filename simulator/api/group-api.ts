import type { Account } from '../accounts/account.ts';
import { type Addressing, phoneDigits } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import {
  changeNumber,
  changeSettings,
  join,
  leave,
  resetInvite,
  type SettingsChange,
  setRole,
} from '../groups/change.ts';
import type { GroupRecord, Role } from '../groups/group-record.ts';
import { send } from '../messages/compose/send.ts';
import type { Network } from '../network.ts';

/** A member of a group. */
interface Member {
  readonly phone: string;
  readonly role: Role;
}

/** A group. Changes are made in the name of its owner, and the clients of all members are notified. */
export interface Group {
  readonly jid: string;
  readonly subject: string;
  readonly addressing: Addressing;
  /** After how many seconds messages disappear; 0: they do not. */
  readonly ephemeral: number;
  /** The code of the invite link. */
  readonly invite: string;
  readonly inviteExpired: boolean;
  /** In the order of joining. */
  participants(): Member[];
  /** Numbers of the accounts that followed the link and wait for approval. */
  applicants(): string[];
  expireInvite(): void;
  /** Replaces the invite link. Returns the new code; the old one is revoked. */
  resetInvite(): string;
  /** Throws `conflict` when the number is a member, or the group is full. */
  add(phone: string): void;
  /** Throws `not_found` when the number is not a member; so do `promote` and `demote`. */
  remove(phone: string, options?: { readonly notify?: boolean | undefined }): void;
  promote(phone: string): void;
  demote(phone: string): void;
  /** Approves a request to join. Throws `not_found` when there is none, `conflict` when the group is full. */
  approve(phone: string): void;
  setSubject(text: string): void;
  /** Changes settings at once, with or without notifying the members. */
  change(change: SettingsChange): void;
  /**
   * A member moves to another number, which is a phone of its own. Throws `not_found` when the number is not a member,
   * `conflict` when the new one is.
   */
  changeNumber(phone: string, to: string): void;
  /**
   * Sends a text of a member. Resolves with the id of the message; rejects with `not_found` when the number is not a
   * member.
   */
  sendText(from: string, text: string): Promise<string>;
}

export function groupApi(group: GroupRecord, network: Network): Group {
  const member = (phone: string) => find(phone, group.members, 'a member of', network);
  const applicant = (phone: string) => find(phone, [...group.applicants], 'waiting to join', network);
  return {
    jid: group.jid,
    get subject() {
      return group.subject;
    },
    get addressing() {
      return group.settings.addressing;
    },
    get ephemeral() {
      return group.settings.ephemeral ?? 0;
    },
    get invite() {
      return group.invite;
    },
    get inviteExpired() {
      return group.inviteExpired;
    },
    participants: () =>
      group.members.map((account) => ({ phone: account.phone, role: group.role(account) ?? 'member' })),
    applicants: () => [...group.applicants].map(({ phone }) => phone),
    expireInvite: () => {
      group.inviteExpired = true;
    },
    resetInvite: () => resetInvite(group, group.owner, network),
    add: (phone) => join(group, newcomer(group, phone, network), group.owner, network),
    remove: (phone, options) => leave(group, member(phone), group.owner, network, options),
    promote: (phone) => setRole(group, member(phone), 'admin', network),
    demote: (phone) => setRole(group, member(phone), 'member', network),
    approve: (phone) => join(group, applicant(phone), group.owner, network, 'invite'),
    setSubject: (subject) => changeSettings(group, { subject }, network),
    change: (change) => changeSettings(group, change, network),
    changeNumber: (phone, to) => changeNumber(group, member(phone), newcomer(group, to, network), network),
    sendText: async (from, text) => send(member(from), group.jid, { conversation: text }, network),
  };
}

/** The account of a number that is no member yet. */
function newcomer(group: GroupRecord, phone: string, { directory }: Network): Account {
  const account = directory.getOrCreate(phone);
  if (group.role(account) === undefined) return account;
  throw new SimulatorError('conflict', `${account.phone} is already in the group`);
}

function find(phone: string, among: readonly Account[], what: string, { directory }: Network): Account {
  const account = directory.byPhone(phoneDigits(phone));
  if (account !== undefined && among.includes(account)) return account;
  throw new SimulatorError('not_found', `${phone} is not ${what} the group`);
}
