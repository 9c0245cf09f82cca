import type { Addressing } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import { announceGroup } from '../groups/change.ts';
import type { GroupSettings } from '../groups/group-record.ts';
import type { Network } from '../network.ts';
import { type Group, groupApi } from './group-api.ts';

/** The options of a new group. */
export interface GroupOptions {
  readonly subject: string;
  /** Phone numbers; unknown ones are created as phones. */
  readonly participants: readonly string[];
  /** Phone numbers; the first is the owner. Default: the first participant. */
  readonly admins?: readonly string[] | undefined;
  /** The name space in which members are addressed. Default: `lid`. */
  readonly addressing?: Addressing | undefined;
  /** The code of the invite link. Default: a random one. */
  readonly invite?: string | undefined;
  readonly description?: string | undefined;
  /** Whether only admins may write. */
  readonly announce?: boolean | undefined;
  /** Whether only admins may change the group. */
  readonly locked?: boolean | undefined;
  /** Whether an admin must approve accounts that follow the link. */
  readonly approval?: boolean | undefined;
  /** The largest number of members. Default: 1024. */
  readonly capacity?: number | undefined;
}

/** WhatsApp's limit. */
export const LARGEST_MEMBER_COUNT = 1024;

/**
 * Throws `validation_error` when a number is invalid or there is no participant, `conflict` when the code is taken or
 * there are too many participants.
 */
export function addGroup(network: Network, options: GroupOptions): Group {
  const settings = settingsFrom(options);
  const accountOf = (field: 'participants' | 'admins') => (phone: string) =>
    network.directory.getOrCreate(phone, field);
  const members = options.participants.map(accountOf('participants'));
  const admins = options.admins?.map(accountOf('admins')) ?? members.slice(0, 1);
  const [founder] = admins;
  if (founder === undefined) {
    const details = { field: 'participants' };
    throw new SimulatorError('validation_error', 'a group needs at least one participant or admin', { details });
  }
  const accounts = new Set([...admins, ...members]);
  if (accounts.size > settings.capacity)
    throw new SimulatorError('conflict', `there are more than ${settings.capacity} participants`);
  const group = network.groups.add(settings, founder, options.invite);
  accounts.delete(founder);
  for (const account of accounts) group.admit(account, admins.includes(account) ? 'admin' : 'member');
  announceGroup(group, network);
  return groupApi(group, network);
}

function settingsFrom({ subject, description, addressing, announce, ...options }: GroupOptions): GroupSettings {
  const { locked = false, approval = false, capacity = LARGEST_MEMBER_COUNT } = options;
  return {
    subject,
    description,
    addressing: addressing ?? 'lid',
    announce: announce ?? false,
    locked,
    approval,
    capacity,
  };
}
