import {
  isPnUser,
  type JidServer,
  jidDecode,
  jidEncode,
  USyncQuery,
  USyncUser,
  type WASocket,
} from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { userOf } from '../../../domain/jid.ts';

/** More users than a group has members. */
const maxUsers = 8_192;

/** How long a list is used without asking again: devices come and go, and a notice of it may be missed. */
const freshMs = 5 * 60_000;

/** A device as Baileys wants it from its cache. */
export interface ListedDevice {
  user: string;
  server: JidServer;
  /** 0 is the phone. */
  device: number;
}

interface UserDevices {
  listed: readonly ListedDevice[];
  fetchedAt: number;
  /** Numbers of listed devices that have no usable keys. */
  keyless: Set<number>;
}

/** Baileys' form of one user in the answer. A device other than the phone counts only with a key index. */
const AnswerSchema = v.looseObject({
  id: v.string(),
  lid: v.optional(v.string()),
  devices: v.optional(
    v.looseObject({
      deviceList: v.optional(
        v.array(v.looseObject({ id: v.number(), keyIndex: v.unknown(), isHosted: v.optional(v.boolean(), false) })),
      ),
    }),
  ),
});

type AnsweredUser = v.InferOutput<typeof AnswerSchema>;

/**
 * The devices of the users that this connection writes to, by the user part of their address. It is Baileys' cache of
 * device lists, too, and shows Baileys no device without keys: one such device would fail the whole send (7.0.0-rc14,
 * `parseAndInjectE2ESessions`). Baileys' own look-ups fetch new keys for known devices, so they are not used.
 */
export class DeviceLists {
  readonly #now: () => number;
  /** By size, as `max` would reserve the memory for all of them in every session. */
  readonly #users = new LRUCache<string, UserDevices>({ maxSize: maxUsers, sizeCalculation: () => 1 });
  /** Look-ups without an answer so far, by user: sends at the same time share one. */
  readonly #asked = new Map<string, Promise<boolean>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Looks up those users whose devices are not known, or not freshly; also those without devices, who may have come to
   * WhatsApp since, unless they are `members` of a group. False when WhatsApp does not answer.
   */
  async load(socket: WASocket, jids: readonly string[], members: boolean): Promise<boolean> {
    const unknown = jids.filter((jid) => !this.#isFresh(userOf(jid), members));
    const asked = new Set(unknown.flatMap((jid) => this.#asked.get(userOf(jid)) ?? []));
    const rest = unknown.filter((jid) => !this.#asked.has(userOf(jid)));
    if (rest.length > 0) asked.add(this.#ask(socket, rest));
    return (await Promise.all(asked)).every((answered) => answered);
  }

  #ask(socket: WASocket, jids: readonly string[]): Promise<boolean> {
    const users = jids.map(userOf);
    const answered = this.#lookUp(socket, jids).finally(() => {
      for (const user of users) if (this.#asked.get(user) === answered) this.#asked.delete(user);
    });
    for (const user of users) this.#asked.set(user, answered);
    return answered;
  }

  async #lookUp(socket: WASocket, unknown: readonly string[]): Promise<boolean> {
    const query = new USyncQuery().withContext('message').withDeviceProtocol().withLIDProtocol();
    for (const jid of unknown) query.withUser(new USyncUser().withId(jid));
    const answer = await socket.executeUSyncQuery(query);
    if (answer === undefined) return false;
    const users = answer.list.flatMap((user) => {
      const parsed = v.safeParse(AnswerSchema, user);
      return parsed.success ? [parsed.output] : [];
    });
    for (const user of users) this.#store(user, socket);
    await storeAddresses(socket, users, (user) => this.#users.get(user)?.listed ?? []);
    return true;
  }

  /** All devices of these users that WhatsApp lists, except the one of this connection. */
  listed(jids: readonly string[]): ListedDevice[] {
    return jids.flatMap((jid) => this.#users.get(userOf(jid))?.listed ?? []);
  }

  /** Those of them that have keys, as far as is known. */
  reachable(jids: readonly string[]): ListedDevice[] {
    return jids.flatMap((jid) => withKeys(this.#users.get(userOf(jid))));
  }

  /** Whether a device is known to have no keys. */
  isKeyless(jid: string): boolean {
    const decoded = jidDecode(jid);
    return decoded !== undefined && this.#users.get(decoded.user)?.keyless.has(decoded.device ?? 0) === true;
  }

  /** Records whether a device has keys. */
  setReachable({ user, device }: ListedDevice, reachable: boolean): void {
    const keyless = this.#users.get(user)?.keyless;
    if (reachable) keyless?.delete(device);
    else keyless?.add(device);
  }

  /** The next send to these users looks their devices up again; one in progress goes on with what it has. */
  expire(users: Iterable<string>): void {
    for (const user of users) {
      this.#asked.delete(user);
      const known = this.#users.get(user);
      if (known !== undefined) this.#users.set(user, { ...known, fetchedAt: Number.NEGATIVE_INFINITY });
    }
  }

  /** For Baileys: undefined when the user's devices are not known. */
  get<T>(user: string): T | undefined {
    const known = this.#users.get(user);
    const devices = known === undefined ? undefined : withKeys(known);
    return isCached<T>(devices) ? devices : undefined;
  }

  /** For Baileys, whose lists come from its own look-ups and are incomplete after a notice: they are not kept. */
  set(): void {}

  /** For Baileys, when a list has changed. */
  del(user: string): void {
    this.expire([user]);
  }

  /** For Baileys. */
  flushAll(): void {
    this.#users.clear();
  }

  #isFresh(user: string, withoutDevices: boolean): boolean {
    const known = this.#users.get(user);
    if (known === undefined || (known.listed.length === 0 && !withoutDevices)) return false;
    return this.#now() - known.fetchedAt < freshMs;
  }

  #store({ id, devices }: AnsweredUser, socket: WASocket): void {
    const decoded = jidDecode(id);
    if (decoded === undefined) return;
    const { user, server } = decoded;
    const listed = (devices?.deviceList ?? [])
      .filter((device) => device.id === 0 || Boolean(device.keyIndex))
      .map((device) => ({ user, server: device.isHosted ? hostedServer(server) : server, device: device.id }))
      .filter((device) => !isOwnDevice(device, socket));
    const keyless = this.#users.get(user)?.keyless ?? new Set();
    this.#users.set(user, { listed, fetchedAt: this.#now(), keyless });
  }
}

export function jidOf({ user, server, device }: ListedDevice): string {
  return jidEncode(user, server, device);
}

/** Whether it is a business's device on Meta's Cloud API, which gets no messages to groups. */
export function isHosted({ server }: ListedDevice): boolean {
  return server === 'hosted' || server === 'hosted.lid';
}

/** Whether it is the device of this connection, by either of its addresses. */
function isOwnDevice({ user, device }: ListedDevice, socket: WASocket): boolean {
  const { id, lid } = socket.user ?? {};
  if (id === undefined || (jidDecode(id)?.device ?? 0) !== device) return false;
  return user === userOf(id) || (lid !== undefined && user === userOf(lid));
}

function hostedServer(server: JidServer): JidServer {
  return server === 'lid' ? 'hosted.lid' : 'hosted';
}

function withKeys(known: UserDevices | undefined): ListedDevice[] {
  return known?.listed.filter(({ device }) => !known.keyless.has(device)) ?? [];
}

/** Baileys reads a value under the type that it wants. */
function isCached<T>(value: unknown): value is T {
  return value !== undefined;
}

/**
 * Stores which LID belongs to which number, and moves sessions that began with the number to the LID, where they are
 * looked for from then on.
 */
async function storeAddresses(
  { signalRepository, authState }: WASocket,
  users: readonly AnsweredUser[],
  devicesOf: (user: string) => readonly ListedDevice[],
): Promise<void> {
  const lists = users.map(({ id }) => [userOf(id), devicesOf(userOf(id)).map(({ device }) => String(device))] as const);
  const filled = lists.filter(([, devices]) => devices.length > 0);
  if (filled.length > 0)
    await authState.keys.set({ 'device-list': Object.fromEntries(filled.map(([u, d]) => [u, [...d]])) });
  const pairs = users.flatMap(({ id, lid }) => (lid !== undefined && isPnUser(id) === true ? [{ pn: id, lid }] : []));
  await signalRepository.lidMapping.storeLIDPNMappings(pairs);
  for (const { pn, lid } of pairs) await signalRepository.migrateSession(pn, lid);
}
