import type { SignalRepositoryWithLIDStore, WASocket } from '@whiskeysockets/baileys';
import { isGroup, isLid, withoutDevice } from '../../../domain/jid.ts';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { DeviceLists, isHosted, jidOf, type ListedDevice } from './device-lists.ts';
import { beginSessions, type MissingKeys } from './device-sessions.ts';

export interface FanOutOptions {
  /** Addresses of a group's members. */
  membersOf: (group: string) => Promise<readonly string[]>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** The devices that a message to a chat goes to. */
export interface FanOutPlan {
  to: string;
  /** The users whose devices these are, the own account included. */
  users: readonly string[];
  /** All that WhatsApp lists, except the sending device. */
  listed: readonly ListedDevice[];
  /** Those that the message is encrypted for. */
  addressed: readonly ListedDevice[];
  /** Why the message must not be sent: the recipient has no device, or none with keys. Null when it may be. */
  refusal: string | null;
}

/** The Signal protocol of a connection. */
export interface Signal extends Pick<StoredAuth, 'forgetSenderKeyHolders'> {
  repository: SignalRepositoryWithLIDStore;
}

/**
 * Prepares sends for the devices of one connection: looks their lists up, begins missing Signal sessions, and leaves
 * devices without keys out, so that Baileys finds everything at hand and asks for nothing.
 */
export class FanOut {
  readonly lists: DeviceLists;
  readonly #membersOf: FanOutOptions['membersOf'];
  /** Two sends must not begin sessions with one device at the same time. */
  readonly #keyQueries = new SerialQueue();
  /** What WhatsApp has told about devices, and is not applied yet. */
  readonly #changes = new SerialQueue();
  #signal: Signal | undefined;

  constructor({ membersOf, now }: FanOutOptions) {
    this.lists = new DeviceLists(now);
    this.#membersOf = membersOf;
  }

  /**
   * The repository that Baileys gets: it finds a session of each device without keys, so that it does not ask for them
   * again, which would fail the send; encrypting for that device fails then, and for it alone.
   */
  guard(signal: Signal): SignalRepositoryWithLIDStore {
    this.#signal = signal;
    const { repository } = signal;
    return {
      ...repository,
      validateSession: async (jid) => {
        const found = await repository.validateSession(jid);
        return !found.exists && this.lists.isKeyless(jid) ? { exists: true } : found;
      },
    };
  }

  /** Applies a change of devices; sends wait for it. Settles as `apply` does. */
  change(apply: () => Promise<void>): Promise<void> {
    return this.#changes.run(apply);
  }

  /**
   * Resolves when the chat can be written to; with undefined when WhatsApp does not answer. Rejects when it refuses a
   * query.
   */
  async plan(socket: WASocket, to: string): Promise<FanOutPlan | undefined> {
    await this.#changes.settled();
    const users = isGroup(to) ? await this.#membersOf(to) : [...new Set([ownAddress(socket, to), to])];
    if (!(await this.lists.load(socket, users, isGroup(to)))) return undefined;
    const listed = this.lists.listed(users);
    const targets = isGroup(to) ? await this.#withoutSenderKey(socket, to, listed) : listed;
    const missing = await this.#beginSessions(socket, targets);
    if (missing === undefined) return undefined;
    await this.#record(targets, missing);
    const addressed = this.lists.reachable(users).filter((device) => !isGroup(to) || !isHosted(device));
    return { to, users, listed, addressed, refusal: isGroup(to) ? null : this.#refusal(to, missing) };
  }

  #beginSessions(socket: WASocket, targets: readonly ListedDevice[]): Promise<MissingKeys | undefined> {
    const sessions = this.#signal?.repository ?? socket.signalRepository;
    return this.#keyQueries.run(() => beginSessions(socket, sessions, targets.map(jidOf)));
  }

  /** While a device had no keys, Baileys may have noted that it has a sender key. */
  async #record(targets: readonly ListedDevice[], missing: MissingKeys): Promise<void> {
    const back = targets.filter((device) => !missing.has(jidOf(device)) && this.lists.isKeyless(jidOf(device)));
    for (const device of targets) this.lists.setReachable(device, !missing.has(jidOf(device)));
    if (back.length > 0) await this.#signal?.forgetSenderKeyHolders(new Set(back.map(({ user }) => user)));
  }

  #refusal(to: string, missing: MissingKeys): string | null {
    if (this.lists.reachable([to]).length > 0) return null;
    const [first] = this.lists.listed([to]);
    return first === undefined ? 'recipient_unknown' : (missing.get(jidOf(first)) ?? 'encryption_failed');
  }

  /** The devices in a group that Baileys will send the sender key to, which needs a session. */
  async #withoutSenderKey(
    { authState: { keys } }: WASocket,
    group: string,
    listed: readonly ListedDevice[],
  ): Promise<ListedDevice[]> {
    const { [group]: holders = {} } = await keys.get('sender-key-memory', [group]);
    const lacks = (jid: string) => holders[jid] !== true || this.lists.isKeyless(jid);
    return listed.filter((device) => !isHosted(device) && lacks(jidOf(device)));
  }
}

/** The own account's address in the name space of the chat. */
function ownAddress({ user }: WASocket, to: string): string {
  const own = isLid(to) ? (user?.lid ?? user?.id) : user?.id;
  return own === undefined ? to : withoutDevice(own);
}
