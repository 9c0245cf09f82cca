import type { Account } from '../accounts/account.ts';
import { HOSTED_DEVICE_ID, lidJid, parseAddress, phoneJid } from '../accounts/address.ts';
import type { Directory } from '../accounts/directory.ts';
import { attribute, bytes, child, children, type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, itemsOf, type QueryClient } from './query.ts';

/** `usync`: whether numbers are on WhatsApp, their LIDs and devices. Unknown numbers have neither. */
export function answerUsync(iq: Stanza, { network }: QueryClient): Answer {
  const usync = child(iq, 'usync');
  const query = child(usync, 'query');
  const wanted = new Set(query === undefined ? [] : children(query).map((protocol) => protocol.tag));
  const users = usync === undefined ? [] : itemsOf(usync, 'list', 'user');
  const list = users.map((user) => answerUser(user, wanted, network.directory));
  return { content: [stanza('usync', {}, [stanza('result'), stanza('list', {}, list)])] };
}

function answerUser(user: Stanza, wanted: ReadonlySet<string>, directory: Directory): Stanza {
  const jid = attribute(user, 'jid') ?? phoneJid(writtenNumber(user));
  const account = directory.find(jid);
  const content: Stanza[] = [];
  if (wanted.has('contact')) content.push(stanza('contact', { type: account === undefined ? 'out' : 'in' }));
  if (account !== undefined && wanted.has('devices')) content.push(devicesOf(account));
  // Baileys stores jid and LID as a mapping of a number, which would be wrong for a query by LID.
  const queriedByLid = parseAddress(jid)?.server === 'lid';
  if (account !== undefined && wanted.has('lid') && !queriedByLid)
    content.push(stanza('lid', { val: lidJid(account.lid) }));
  return stanza('user', { jid }, content);
}

/** The digits of `<contact>+15550001111</contact>`. */
function writtenNumber(user: Stanza): string {
  return bytes(child(user, 'contact'), 'number to look up').toString('utf8').replace(/\D/g, '');
}

/** Baileys ignores linked devices without a `key-index`. */
function devicesOf(account: Account): Stanza {
  const list = account.devices.map(({ id }) =>
    stanza('device', {
      id: String(id),
      'key-index': id === 0 ? undefined : String(id),
      is_hosted: id === HOSTED_DEVICE_ID ? 'true' : undefined,
    }),
  );
  return stanza('devices', {}, [stanza('device-list', {}, list)]);
}
