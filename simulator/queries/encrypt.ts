import type { Device } from '../accounts/account.ts';
import type { MessageNetwork } from '../messages/network.ts';
import { takeBundle } from '../messages/take-bundle.ts';
import { bundleStanza, type KeyBundle, readKeys, readNumber, readSignedKey } from '../signal/key-bundle.ts';
import { KEY_TYPE } from '../wire/keys.ts';
import { bytes, child, requiredAttribute, type Stanza, stanza } from '../wire/stanza.ts';
import { type Answer, DONE, isQuery, itemsOf, notImplemented, type QueryClient } from './query.ts';

/** As many as a client uploads first. */
const ENOUGH = 812;

/** `encrypt`: the server's store of public Signal keys. */
export function answerEncrypt(iq: Stanza, client: QueryClient): Answer {
  if (isQuery(iq, 'get', 'count')) return countPreKeys(client);
  if (isQuery(iq, 'get', 'digest')) return digest(client);
  if (isQuery(iq, 'get', 'key')) return fetchBundles(iq, client);
  if (isQuery(iq, 'set', 'rotate')) return rotate(iq, client);
  if (isQuery(iq, 'set', 'list')) return upload(iq, client);
  throw notImplemented();
}

function countPreKeys({ companion, network }: QueryClient): Answer {
  return { content: [stanza('count', { value: String(reportedCount(companion.preKeyCount, network)) })] };
}

function reportedCount(count: number, { settings }: MessageNetwork): number {
  if (!settings.fewPreKeys) return count;
  return count === 0 ? 1 : Math.max(count, ENOUGH);
}

/** A summary with which the client checks whether the server has its current keys. */
function digest({ companion }: QueryClient): Answer {
  const content = [stanza('type', {}, KEY_TYPE), stanza('identity', {}, companion.keys.identity)];
  return { content: [stanza('digest', {}, content)] };
}

/** Each device is answered for by itself: with its keys, or with an error. */
function fetchBundles(iq: Stanza, { network }: QueryClient): Answer {
  const users = itemsOf(iq, 'key', 'user').flatMap((user) => {
    const jid = requiredAttribute(user, 'jid');
    const device = network.directory.findDevice(jid)?.device;
    const error = device === undefined ? 404 : errorFor(device);
    if (device !== undefined && error === undefined) return bundleStanza(jid, bundleOf(device, network));
    // Some devices are left out of the answer.
    return error === 0 ? [] : stanza('user', { jid }, [stanza('error', { code: String(error), text: textOf(error) })]);
  });
  return { content: [stanza('list', {}, users)] };
}

function bundleOf(device: Device, network: MessageNetwork): KeyBundle {
  return device.kind === 'companion' ? takeBundle(device, network) : device.takeBundle();
}

function errorFor(device: Device): number | undefined {
  return device.kind === 'simulated' ? device.keyless : undefined;
}

function textOf(code: number | undefined): string {
  return code === 406 ? 'not-acceptable' : 'item-not-found';
}

function rotate(iq: Stanza, { companion }: QueryClient): Answer {
  companion.rotate(readSignedKey(child(child(iq, 'rotate'), 'skey')));
  return DONE;
}

function upload(iq: Stanza, { companion }: QueryClient): Answer {
  const keys = {
    registrationId: readNumber(bytes(child(iq, 'registration'), 'registration id')),
    identity: bytes(child(iq, 'identity'), 'identity key'),
    signedPreKey: readSignedKey(child(iq, 'skey')),
  };
  companion.publish(keys, readKeys(child(iq, 'list')));
  return DONE;
}
