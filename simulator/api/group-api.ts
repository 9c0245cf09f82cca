import type { Account } from '../accounts/account.ts';
import { phoneDigits } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import { join, leave, resetInvite, setRole, setSubject } from '../groups/change.ts';
import type { Addressing, GroupRecord, Role } from '../groups/group-record.ts';
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
  remove(phone: string): void;
  promote(phone: string): void;
  demote(phone: string): void;
  /** Approves a request to join. Throws `not_found` when there is none, `conflict` when the group is full. */
  approve(phone: string): void;
  setSubject(text: string): void;
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
    addressing: group.settings.addressing,
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
    add: (phone) => add(group, network.directory.getOrCreate(phone), network),
    remove: (phone) => leave(group, member(phone), group.owner, network),
    promote: (phone) => setRole(group, member(phone), 'admin', network),
    demote: (phone) => setRole(group, member(phone), 'member', network),
    approve: (phone) => join(group, applicant(phone), group.owner, network, 'invite'),
    setSubject: (text) => setSubject(group, text, network),
    sendText: async (from, text) => send(member(from), group.jid, { conversation: text }, network),
  };
}

function add(group: GroupRecord, account: Account, network: Network): void {
  if (group.role(account) !== undefined)
    throw new SimulatorError('conflict', `${account.phone} is already in the group`);
  join(group, account, group.owner, network);
}

function find(phone: string, among: readonly Account[], what: string, { directory }: Network): Account {
  const account = directory.byPhone(phoneDigits(phone));
  if (account !== undefined && among.includes(account)) return account;
  throw new SimulatorError('not_found', `${phone} is not ${what} the group`);
}
