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
  const asked = attribute(user, 'jid');
  if (asked === undefined) return answerLookUp(user, wanted, directory);
  const account = directory.find(asked);
  const contact = stanza('contact', { type: account === undefined ? 'out' : 'in' });
  return answerFor(asked, account, wanted, contact);
}

/** A number as a person writes it, which need not be spelled as the account has it: the answer names the account's. */
function answerLookUp(user: Stanza, wanted: ReadonlySet<string>, directory: Directory): Stanza {
  const written = bytes(child(user, 'contact'), 'number to look up');
  const digits = written.toString('utf8').replace(/\D/g, '');
  const found = directory.lookUp(digits);
  const account = found?.number === true ? found : undefined;
  const contact = stanza('contact', { type: account === undefined ? 'out' : 'in' }, written);
  return answerFor(phoneJid(account?.phone ?? digits), account, wanted, contact);
}

function answerFor(jid: string, account: Account | undefined, wanted: ReadonlySet<string>, contact: Stanza): Stanza {
  const content: Stanza[] = wanted.has('contact') ? [contact] : [];
  if (account !== undefined && wanted.has('devices')) content.push(devicesOf(account));
  // Baileys stores jid and LID as a mapping of a number, which would be wrong for a query by LID.
  const queriedByLid = parseAddress(jid)?.server === 'lid';
  if (account?.listing.lid === 'known' && wanted.has('lid') && !queriedByLid)
    content.push(stanza('lid', { val: lidJid(account.lid) }));
  if (account?.username !== undefined && wanted.has('username'))
    content.push(stanza('username', {}, Buffer.from(account.username)));
  return stanza('user', { jid }, content);
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
