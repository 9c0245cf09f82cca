import {
  type BinaryNode,
  getBinaryNodeChild,
  type SignalRepositoryWithLIDStore,
  type WASocket,
} from '@whiskeysockets/baileys';
import { userOf } from '../../../domain/jid.ts';
import type { Guarded } from '../connection-context.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { ContactLookUps } from './contact-look-ups.ts';
import { FanOut } from './fan-out.ts';
import { accountWith, forgetDevices, watchIdentities } from './identity-changes.ts';
import { mayRequest } from './may-request.ts';
import { MissedDevices } from './missed-devices.ts';

/** The groups of a connection. */
interface Groups {
  get(group: string): Promise<{ participants: readonly { id: string }[] }>;
  /** Fetches the group again. */
  refresh(group: string): Promise<unknown>;
}

export interface SocketDevicesOptions {
  groups: Groups;
  /** A change of devices, or a device that missed a message, could not be dealt with; the devices ask for themselves. */
  onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What one connection knows of the devices that it writes to. */
export class SocketDevices {
  readonly fanOut: FanOut;
  readonly missed: MissedDevices;
  readonly lookUps: ContactLookUps;
  readonly #options: SocketDevicesOptions;

  constructor(options: SocketDevicesOptions) {
    this.#options = options;
    this.fanOut = new FanOut({ membersOf: (group) => this.#membersOf(group), now: options.now });
    this.lookUps = new ContactLookUps(options.now);
    this.missed = new MissedDevices(this.fanOut, (group) => options.groups.refresh(group));
  }

  /** Whether a device that requests a message of that chat again is one that it was for. */
  mayRequest(device: string, chat: string, socket: WASocket): Promise<boolean> {
    return mayRequest(device, chat, socket, (group) => this.#membersOf(group));
  }

  /** The repository that Baileys gets. */
  repository(repository: SignalRepositoryWithLIDStore, auth: StoredAuth): SignalRepositoryWithLIDStore {
    const renewed = (jid: string) => this.#apply(() => this.#forget(jid, repository, auth, deviceOf(jid)));
    const { forgetSenderKeyHolders } = auth;
    return this.fanOut.guard({ repository: watchIdentities(repository, auth.signal, renewed), forgetSenderKeyHolders });
  }

  /** Listens to what WhatsApp tells of devices, on the wire: Baileys tells nothing of it. */
  listen(socket: WASocket, auth: StoredAuth, guarded: Guarded): void {
    const { ws, signalRepository: repository } = socket;
    const lists = (node: BinaryNode) => this.#apply(() => this.#forgetLists(node, repository));
    ws.on('CB:notification,type:devices', guarded(lists));
    // The form for the own account.
    ws.on('CB:notification,type:account_sync', guarded(lists));
    ws.on(
      'CB:notification,type:encrypt',
      guarded((node: BinaryNode) => {
        const { from } = node.attrs;
        if (from === undefined || getBinaryNodeChild(node, 'identity') === undefined) return;
        this.#apply(() => this.#forget(from, repository, auth));
      }),
    );
    ws.on(
      'CB:ack,class:message',
      guarded((node: BinaryNode) => {
        this.missed.acknowledged(socket, node).catch(this.#options.onError);
      }),
    );
  }

  async #membersOf(group: string): Promise<string[]> {
    return (await this.#options.groups.get(group)).participants.map(({ id }) => id);
  }

  #apply(change: () => Promise<void>): void {
    this.fanOut.change(change).catch(this.#options.onError);
  }

  async #forgetLists({ attrs }: BinaryNode, repository: SignalRepositoryWithLIDStore): Promise<void> {
    const { from, lid: alias } = attrs;
    if (from === undefined) return;
    this.fanOut.lists.expire([from, alias].flatMap((jid) => (jid === undefined ? [] : userOf(jid))));
    if (alias !== undefined) return;
    const { number, lid } = await accountWith(from, repository);
    this.fanOut.lists.expire([number, lid].filter((user) => user !== null));
  }

  /** @param renewed the number of a device that has begun a session with its new identity already */
  async #forget(
    jid: string,
    repository: SignalRepositoryWithLIDStore,
    auth: StoredAuth,
    renewed?: number,
  ): Promise<void> {
    const account = await accountWith(jid, repository);
    this.fanOut.lists.expire([account.number, account.lid].filter((user) => user !== null));
    await forgetDevices(auth, repository, account, { now: this.#options.now(), renewed });
  }
}

function deviceOf(jid: string): number {
  return Number(/:(\d+)@/.exec(jid)?.[1] ?? 0);
}
