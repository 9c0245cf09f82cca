import { createHash } from 'node:crypto';
import { jidDecode } from '@whiskeysockets/baileys';
import { isHosted, type ListedDevice } from './device-lists.ts';

const hashBytes = 6;

/**
 * Whether WhatsApp's hash of the participants of a message stands for these devices. Public clients disagree on whether
 * the sending device is one of them, and say nothing of hosted devices, so each combination is accepted: the server's list
 * differs from ours by a device in between only when none fits.
 *
 * @param sender address of the sending device in the name space of the chat
 */
export function hashMatches(phash: string, devices: readonly ListedDevice[], sender: string | undefined): boolean {
  const decoded = sender === undefined ? undefined : jidDecode(sender);
  const own = decoded === undefined ? [] : [{ ...decoded, device: decoded.device ?? 0 }];
  const ordinary = devices.filter((device) => !isHosted(device));
  const candidates = [[...ordinary, ...own], ordinary, [...devices, ...own], devices];
  return candidates.some((candidate) => participantHash(candidate) === phash);
}

/** Version 2 of the hash, over `user.agent:device@server`; the agent is always 0. */
function participantHash(devices: readonly ListedDevice[]): string {
  const names = devices.map(({ user, server, device }) => `${user}.0:${device}@${server}`);
  const digest = createHash('sha256').update(names.sort(byCodeUnits).join('')).digest();
  return `2:${digest.subarray(0, hashBytes).toString('base64')}`;
}

function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
