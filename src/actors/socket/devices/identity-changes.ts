import { isHostedLidUser, isLidUser, jidEncode, type SignalRepositoryWithLIDStore } from '@whiskeysockets/baileys';
import { userOf } from '../../../domain/jid.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { closedSessions, remoteIdentity } from '../signal/signal-sessions.ts';

const phone = 0;
/** The number of a business's device on Meta's Cloud API. */
const hostedDevice = 99;

/** The user parts of an account's two addresses; one may be unknown. */
export interface Account {
  number: string | null;
  lid: string | null;
}

interface Change {
  /** Epoch milliseconds. */
  now: number;
  /** The number of a device that has begun a session with its new identity already. */
  renewed: number | undefined;
}

/**
 * Forgets what an account's devices knew before they were installed anew: they have lost their Signal sessions and our
 * sender keys. A phone that is installed anew has unlinked its other devices, so it stands for all of them.
 */
export async function forgetDevices(
  { signal, forgetSenderKeyHolders }: Pick<StoredAuth, 'signal' | 'forgetSenderKeyHolders'>,
  repository: SignalRepositoryWithLIDStore,
  account: Account,
  { now, renewed }: Change,
): Promise<void> {
  const users = [account.number, account.lid].filter((user) => user !== null);
  if (renewed === undefined || renewed === phone) {
    await signal.transaction(async () => {
      const lists = await signal.get('device-list', users);
      const devices = new Set([phone, ...Object.values(lists).flat().map(Number)]);
      if (renewed !== undefined) devices.delete(renewed);
      const jids = [...devices].flatMap((device) => addressesOf(account, device));
      await closeSessions(signal, jids.map(repository.jidToSignalProtocolAddress), now);
    });
  }
  await forgetSenderKeyHolders(new Set(users));
}

/** They are not deleted: messages that were encrypted before may still arrive. */
async function closeSessions(signal: StoredAuth['signal'], addresses: string[], now: number): Promise<void> {
  const sessions = Object.entries(await signal.get('session', addresses));
  const closed = sessions.map(([address, session]) => [address, closedSessions(session, now)]);
  if (closed.length > 0) await signal.set({ session: Object.fromEntries(closed) });
}

function addressesOf({ number, lid }: Account, device: number): string[] {
  const hosted = device === hostedDevice;
  const addresses = [];
  if (number !== null) addresses.push(jidEncode(number, hosted ? 'hosted' : 's.whatsapp.net', device));
  if (lid !== null) addresses.push(jidEncode(lid, hosted ? 'hosted.lid' : 'lid', device));
  return addresses;
}

/** Both addresses of the account that this one belongs to. */
export async function accountWith(jid: string, { lidMapping }: SignalRepositoryWithLIDStore): Promise<Account> {
  const isLid = isLidUser(jid) === true || isHostedLidUser(jid) === true;
  const other = isLid ? await lidMapping.getPNForLID(jid) : await lidMapping.getLIDForPN(jid);
  const [user, alias] = [userOf(jid), other === null ? null : userOf(other)];
  return isLid ? { number: alias, lid: user } : { number: user, lid: alias };
}

/**
 * Notices when a session with a device begins anew with another identity: the device writes first, or asks for a message
 * again with its new keys, or the server gave them out. `onChange` gets the device's address.
 */
export function watchIdentities(
  repository: SignalRepositoryWithLIDStore,
  signal: StoredAuth['signal'],
  onChange: (jid: string) => void,
): SignalRepositoryWithLIDStore {
  const identityOf = async (jid: string): Promise<string | null> => {
    const { lid, number } = await accountWith(jid, repository);
    const device = Number(/:(\d+)@/.exec(jid)?.[1] ?? 0);
    const [address = jid] = addressesOf(lid === null ? { number, lid } : { number: null, lid }, device);
    const name = repository.jidToSignalProtocolAddress(address);
    return remoteIdentity((await signal.get('session', [name]))[name]);
  };
  const watched = async <T>(jid: string, work: () => Promise<T>): Promise<T> => {
    const before = await identityOf(jid);
    const result = await work();
    const after = await identityOf(jid);
    if (before !== null && after !== null && before !== after) onChange(jid);
    return result;
  };
  return {
    ...repository,
    injectE2ESession: (bundle) => watched(bundle.jid, () => repository.injectE2ESession(bundle)),
    decryptMessage: (message) =>
      message.type === 'pkmsg'
        ? watched(message.jid, () => repository.decryptMessage(message))
        : repository.decryptMessage(message),
  };
}
