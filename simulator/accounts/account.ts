import { proto } from '@whiskeysockets/baileys';
import { SimulatorError } from '../errors.ts';
import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { AccountState, ListingState } from '../state/schema.ts';
import { type Addressing, lidJid, lidOf, phoneJid } from './address.ts';
import type { History } from './chat-history.ts';
import { Companion, type PublishedKeys } from './companion.ts';
import type { Draft } from './draft.ts';
import { HeldStanzas } from './held-stanzas.ts';
import { IssuedTokens } from './issued-tokens.ts';
import type { PasskeyPolicy } from './passkey-policy.ts';
import { SimulatedDevice } from './simulated-device.ts';

export type Device = SimulatedDevice | Companion;

/** How an account's own devices answer a message that they could decrypt: `read` sends delivered, then read. */
export type ReceiptHabit = 'none' | 'delivered' | 'read';

/** Known by number and LID, with nothing special. */
export const PLAIN_LISTING: ListingState = { numbers: 'accepted', aliases: [], lid: 'known' };

/** WhatsApp device ids fit a byte, and Baileys refuses 99 as reserved for hosted devices. */
const LARGEST_DEVICE_ID = 98;

/** The options of a new account. */
export interface AccountOptions {
  /** In digits. */
  readonly phone: string;
  readonly name: string;
  readonly receipts: ReceiptHabit;
  /** How others see it in direct chats. Default: by LID when the number is odd, so that there are some of both. */
  readonly addressing?: Addressing | undefined;
  readonly username?: string | undefined;
  /** Whether others can see the number, and write to it. Default: true. */
  readonly number?: boolean | undefined;
  /** Default: false. */
  readonly tokenRequired?: boolean | undefined;
  /** How the server knows it by its addresses; a contact by LID cannot be written to by number unless that is said. */
  readonly listing?: (Omit<ListingState, 'numbers'> & Partial<ListingState>) | undefined;
}

const LARGEST_ID_COUNT = 10_000;
const LARGEST_DRAFT_COUNT = 1000;

/** A number on WhatsApp: a phone (device 0) and the devices linked to it. */
export class Account {
  readonly phone: string;
  /** The account's other name, without its server part. */
  readonly lid: string;
  /** How the person calls themselves; empty when they have never said. */
  name: string;
  /** How others see it in direct chats. */
  readonly addressing: Addressing;
  readonly username: string | undefined;
  /** Whether others can see the number, and write to it. */
  readonly number: boolean;
  /** How the server knows it by its addresses. */
  readonly listing: ListingState;
  receipts: ReceiptHabit;
  /** Whether only holders of a token may write to it directly. */
  tokenRequired: boolean;
  readonly issuedTokens: IssuedTokens;
  /** What the phone sends to a device at its first login; not part of a saved state. */
  history: History = { chats: [] };
  /** Messages that reached only its phone, by id, which its clients may ask for; not part of a saved state. */
  readonly heldByPhone: LruMap<proto.IWebMessageInfo> = lruMap(LARGEST_DRAFT_COUNT);
  /** When its devices ask for a message again that they cannot decrypt: never, or after this many milliseconds. */
  asks: 'never' | number;
  /** Holds back what the phone sends. */
  readonly held = new HeldStanzas();
  passkey: PasskeyPolicy | undefined;
  /** Sends the messages of the phone in order. */
  readonly outgoing = new SerialQueue();
  /** Messages from its clients that the server has delivered: the addresses that they were sent to, by id. */
  readonly sentIds: LruMap<string>;
  /** The latest messages of its phone, by id, for clients that request a retry. */
  readonly drafts: LruMap<Draft>;
  readonly #linked = new Map<number, Device>();
  #primary: SimulatedDevice;
  #nextDeviceId: number;

  /** A new account with only a phone, unless a saved state is given. */
  constructor(options: AccountOptions | AccountState) {
    const state = 'primary' in options ? options : undefined;
    this.phone = options.phone;
    this.lid = lidOf(options.phone);
    this.name = options.name;
    this.receipts = options.receipts;
    this.tokenRequired = options.tokenRequired ?? false;
    this.issuedTokens = new IssuedTokens(state?.issuedTokens);
    this.asks = state?.asks ?? 0;
    this.#primary = new SimulatedDevice(this.lid, 0, state?.primary);
    this.passkey = state?.passkey;
    this.username = options.username;
    this.number = options.number ?? true;
    const addressing = options.addressing ?? usualAddressing(options.phone, options.listing ?? PLAIN_LISTING);
    this.addressing = this.number ? addressing : 'lid';
    const numbers = this.addressing === 'lid' ? 'refused' : 'accepted';
    this.listing = options.listing === undefined ? PLAIN_LISTING : { numbers, ...options.listing };
    this.sentIds = lruMap(
      LARGEST_ID_COUNT,
      state?.sentIds.map((sent) => (typeof sent === 'string' ? [sent, ''] : sent)),
    );
    this.drafts = lruMap<Draft>(
      LARGEST_DRAFT_COUNT,
      state?.drafts.map((draft) => [draft.id, { ...draft, message: proto.Message.decode(draft.message) }]),
    );
    for (const device of state?.linked ?? []) this.#linked.set(device.id, this.#restored(device));
    this.#nextDeviceId = state?.nextDeviceId ?? 1;
  }

  state(): AccountState {
    return {
      phone: this.phone,
      name: this.name,
      receipts: this.receipts,
      tokenRequired: this.tokenRequired,
      issuedTokens: this.issuedTokens.state(),
      asks: this.asks,
      ...(this.passkey !== undefined && { passkey: this.passkey }),
      listing: this.listing,
      addressing: this.addressing,
      username: this.username,
      number: this.number,
      primary: this.primary.state(),
      linked: [...this.#linked.values()].map((device) => device.state()),
      nextDeviceId: this.#nextDeviceId,
      sentIds: entriesOf(this.sentIds),
      drafts: entriesOf(this.drafts).map(([, draft]) => ({
        ...draft,
        message: Buffer.from(proto.Message.encode(draft.message).finish()),
      })),
    };
  }

  get primary(): SimulatedDevice {
    return this.#primary;
  }

  /** The address of a device in a name space: by LID only when others cannot see the number. */
  address(addressing = this.addressing, device = 0): string {
    return addressing === 'lid' || !this.number ? lidJid(this.lid, device) : phoneJid(this.phone, device);
  }

  /** The address of the account in the other name space; undefined when others cannot see it. */
  alias(addressing = this.addressing): string | undefined {
    if (addressing === 'pn') return this.listing.lid === 'known' ? lidJid(this.lid) : undefined;
    return this.number ? phoneJid(this.phone) : undefined;
  }

  /** The address that a message of the account was sent to, by one of its clients or by the phone. */
  sentTo(id: string): string | undefined {
    return this.sentIds.get(id) ?? this.drafts.get(id)?.chat;
  }

  /** The phone first, then linked devices in the order in which they were linked. */
  get devices(): Device[] {
    return [this.primary, ...this.#linked.values()];
  }

  get companions(): Companion[] {
    return this.devices.filter((device) => device.kind === 'companion');
  }

  device(id: number): Device | undefined {
    return id === 0 ? this.primary : this.#linked.get(id);
  }

  companion(id: number): Companion | undefined {
    const device = this.#linked.get(id);
    return device?.kind === 'companion' ? device : undefined;
  }

  linkSimulated(id = this.takeDeviceId()): SimulatedDevice {
    const device = new SimulatedDevice(this.lid, id);
    this.#linked.set(id, device);
    return device;
  }

  /** Its simulated devices lose all that they know: they have new identity keys at the same addresses. */
  reinstall(): void {
    this.#primary = new SimulatedDevice(this.lid, 0);
    for (const { id, kind } of this.#linked.values()) if (kind === 'simulated') this.linkSimulated(id);
  }

  /** Ids are never reused: other people's sessions belong to the earlier device of that id. */
  takeDeviceId(): number {
    const id = this.#nextDeviceId;
    if (id > LARGEST_DEVICE_ID) throw new SimulatorError('conflict', `${this.phone} has no device ids left`);
    this.#nextDeviceId += 1;
    return id;
  }

  linkCompanion(id: number, noiseKey: Buffer, keys: PublishedKeys): Companion {
    const companion = Companion.linked({ id, phone: this.phone, noiseKey, keys });
    this.#linked.set(id, companion);
    return companion;
  }

  unlink(id: number): void {
    this.#linked.delete(id);
  }

  #restored(device: AccountState['linked'][number]): Device {
    if (device.kind === 'simulated') return new SimulatedDevice(this.lid, device.id, device);
    return new Companion({ ...device, phone: this.phone });
  }
}

/** By LID who can only be written to there; by number whose LID nobody knows. */
function usualAddressing(phone: string, { numbers, lid }: Partial<ListingState>): Addressing {
  if (lid === 'none') return 'pn';
  if (numbers === 'refused') return 'lid';
  return Number(phone.at(-1)) % 2 === 1 ? 'lid' : 'pn';
}
