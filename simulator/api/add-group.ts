import { SimulatorError } from '../errors.ts';
import { announceGroup } from '../groups/change.ts';
import type { Addressing, GroupSettings } from '../groups/group-record.ts';
import type { Network } from '../network.ts';
import { type Group, groupApi } from './group-api.ts';

/** How a group is made. */
export interface GroupOptions {
  readonly subject: string;
  /** Numbers; those that are not on the simulated WhatsApp yet come into being as phones. */
  readonly participants: readonly string[];
  /** Numbers; the first of them is the owner. The first participant alone unless given. */
  readonly admins?: readonly string[] | undefined;
  /** By which of their names members know each other; `lid` unless given. */
  readonly addressing?: Addressing | undefined;
  /** The code of the invite link; made up unless given. */
  readonly invite?: string | undefined;
  readonly description?: string | undefined;
  /** Whether only admins may write. */
  readonly announce?: boolean | undefined;
  /** Whether only admins may change the group. */
  readonly locked?: boolean | undefined;
  /** Whether somebody who follows the link has to be approved. */
  readonly approval?: boolean | undefined;
  /** How many members there may be; 1024 unless given. */
  readonly capacity?: number | undefined;
}

/** What WhatsApp allows. */
export const LARGEST_MEMBER_COUNT = 1024;

/** Throws `validation_error` when a number is none, `conflict` when the code is taken or the group is too small. */
export function addGroup(network: Network, options: GroupOptions): Group {
  const settings = settingsFrom(options);
  const owner = (field: 'participants' | 'admins') => (phone: string) => network.directory.getOrCreate(phone, field);
  const members = options.participants.map(owner('participants'));
  const admins = options.admins?.map(owner('admins')) ?? members.slice(0, 1);
  const [founder] = admins;
  if (founder === undefined) {
    const details = { field: 'participants' };
    throw new SimulatorError('validation_error', 'a group needs somebody to own it', { details });
  }
  const everybody = new Set([...admins, ...members]);
  if (everybody.size > settings.capacity) throw new SimulatorError('conflict', 'there are more participants than room');
  const group = network.groups.add(settings, founder, options.invite);
  everybody.delete(founder);
  for (const account of everybody) group.admit(account, admins.includes(account) ? 'admin' : 'member');
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
