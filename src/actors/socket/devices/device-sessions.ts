import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  isHostedPnUser,
  isPnUser,
  jidDecode,
  jidEncode,
  parseAndInjectE2ESessions,
  S_WHATSAPP_NET,
  type WASocket,
} from '@whiskeysockets/baileys';
import { isAnswer } from './query-answer.ts';

/** What the server says about a device that has no usable keys: its error code, null when it says nothing. */
export type MissingKeys = ReadonlyMap<string, string | null>;

/** Signal sessions as they are: Baileys is shown some that do not exist. */
type Sessions = Pick<WASocket['signalRepository'], 'validateSession'>;

/**
 * Begins Signal sessions with devices that have none yet. Each device is judged by itself: one that is not registered any
 * more, or whose keys are unusable, keeps a message from no other.
 *
 * Resolves with the devices without keys; with undefined when WhatsApp does not answer.
 */
export async function beginSessions(
  socket: WASocket,
  sessions: Sessions,
  jids: readonly string[],
): Promise<MissingKeys | undefined> {
  const unknown = await withoutSession(sessions, jids);
  if (unknown.length === 0) return new Map();
  // The server answers for the address that it is asked for, which need not be the one in our list.
  const asked = new Map<string, string>();
  for (const jid of unknown) asked.set(canonical(await serverAddress(socket, jid)), jid);
  const answer: unknown = await socket.query(keyQuery([...asked.keys()]));
  if (!isAnswer(answer)) return undefined;
  const missing = new Map<string, string | null>(unknown.map((jid) => [jid, null]));
  for (const user of getBinaryNodeChildren(getBinaryNodeChild(answer, 'list'), 'user')) {
    const jid = asked.get(canonical(user.attrs['jid'] ?? ''));
    if (jid === undefined) continue;
    const error = getBinaryNodeChild(user, 'error');
    if (error !== undefined) missing.set(jid, error.attrs['code'] ?? null);
    else if (await begins(socket, answer, user)) missing.delete(jid);
  }
  return missing;
}

async function withoutSession(sessions: Sessions, jids: readonly string[]): Promise<string[]> {
  const unknown: string[] = [];
  for (const jid of jids) if (!(await sessions.validateSession(jid)).exists) unknown.push(jid);
  return unknown;
}

/** The LID of a device where it is known: the session is stored under it. */
async function serverAddress({ signalRepository }: WASocket, jid: string): Promise<string> {
  if (isPnUser(jid) !== true && isHostedPnUser(jid) !== true) return jid;
  return (await signalRepository.lidMapping.getLIDForPN(jid)) ?? jid;
}

/** The phone's address is written with and without its device number. */
function canonical(jid: string): string {
  const decoded = jidDecode(jid);
  return decoded === undefined ? jid : jidEncode(decoded.user, decoded.server, decoded.device);
}

function keyQuery(jids: readonly string[]): BinaryNode {
  const users = jids.map((jid) => ({ tag: 'user', attrs: { jid } }));
  return {
    tag: 'iq',
    attrs: { xmlns: 'encrypt', type: 'get', to: S_WHATSAPP_NET },
    content: [{ tag: 'key', attrs: {}, content: users }],
  };
}

/** Begins a session with the keys of one `<user>` of the answer. False when they are incomplete, or not signed. */
async function begins({ signalRepository }: WASocket, { tag, attrs }: BinaryNode, user: BinaryNode): Promise<boolean> {
  const single = { tag, attrs, content: [{ tag: 'list', attrs: {}, content: [user] }] };
  try {
    await parseAndInjectE2ESessions(single, signalRepository);
    return true;
  } catch {
    // A failing store has ended the connection already.
    return false;
  }
}
