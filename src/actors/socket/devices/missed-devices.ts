import { type BinaryNode, isLidUser, type proto, type WASocket } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import { isGroup, userOf } from '../../../domain/jid.ts';
import { jidOf, type ListedDevice } from './device-lists.ts';
import type { FanOut, FanOutPlan } from './fan-out.ts';
import { hashMatches } from './participant-hash.ts';
import { resend, type StanzaOptions } from './resend.ts';

/** Messages that wait for their acknowledgement; a session has far fewer in flight. */
const maxTracked = 256;
const maxChats = 1_024;

/** A message that is being sent. */
export interface TrackedMessage {
  plan: FanOutPlan;
  message: proto.IMessage;
  options: StanzaOptions;
  /** Settles when it is written. */
  sent: Promise<unknown>;
}

/**
 * Serves the devices that a message has missed because our list of them was not WhatsApp's. The acknowledgement says so:
 * it carries a hash of the participants. Those devices get the message under its id, once.
 */
export class MissedDevices {
  readonly #fanOut: FanOut;
  readonly #refreshGroup: (group: string) => Promise<unknown>;
  readonly #tracked = new LRUCache<string, TrackedMessage>({ max: maxTracked });
  /** Hashes that differed from ours although a fresh list had no other devices, by chat. */
  readonly #accepted = new LRUCache<string, string>({ maxSize: maxChats, sizeCalculation: () => 1 });

  constructor(fanOut: FanOut, refreshGroup: (group: string) => Promise<unknown>) {
    this.#fanOut = fanOut;
    this.#refreshGroup = refreshGroup;
  }

  /** Remembers a message until its acknowledgement. Settles as `sent` does. */
  track(waMessageId: string, tracked: TrackedMessage): Promise<unknown> {
    this.#tracked.set(waMessageId, tracked);
    return tracked.sent;
  }

  /** @param ack the server's answer to a message; only the first one counts */
  async acknowledged(socket: WASocket, { attrs }: BinaryNode): Promise<void> {
    const { id = '', phash, error } = attrs;
    const tracked = this.#tracked.get(id);
    this.#tracked.delete(id);
    if (tracked === undefined || phash === undefined || error !== undefined) return;
    const { plan } = tracked;
    const isKnown = hashMatches(phash, plan.listed, senderIn(plan, socket)) || this.#accepted.get(plan.to) === phash;
    if (!isKnown) await this.#serve(socket, id, tracked, phash);
  }

  async #serve(socket: WASocket, messageId: string, tracked: TrackedMessage, phash: string): Promise<void> {
    const { plan, message, options, sent } = tracked;
    const { to } = plan;
    this.#fanOut.lists.expire(plan.users.map(userOf));
    if (isGroup(to)) await this.#refreshGroup(to);
    const fresh = await this.#fanOut.plan(socket, to);
    if (fresh === undefined) return;
    if (hasSame(fresh.listed, plan.listed)) this.#accepted.set(to, phash);
    await sent;
    for (const device of without(fresh.addressed, plan.addressed)) {
      await resend(socket, { messageId, chat: to, message, options, to: { jid: jidOf(device), count: 1 } });
    }
  }
}

function without(devices: readonly ListedDevice[], known: readonly ListedDevice[]): ListedDevice[] {
  const names = new Set(known.map(jidOf));
  return devices.filter((device) => !names.has(jidOf(device)));
}

function hasSame(one: readonly ListedDevice[], other: readonly ListedDevice[]): boolean {
  return one.length === other.length && without(one, other).length === 0;
}

/** The sending device, in the name space of the devices that it writes to. */
function senderIn({ listed }: FanOutPlan, { user }: WASocket): string | undefined {
  const isLid = listed.some((device) => isLidUser(jidOf(device)) === true);
  return isLid ? user?.lid : user?.id;
}
