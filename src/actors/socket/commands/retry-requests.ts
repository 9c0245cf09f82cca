import {
  type BinaryNode,
  type CacheStore,
  extractE2ESessionFromRetryReceipt,
  getBinaryNodeChild,
  proto,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../../domain/errors.ts';
import { isGroup, isLid, userOf } from '../../../domain/jid.ts';
import { type Resend, resend } from '../devices/resend.ts';
import type { SocketDevices } from '../devices/socket-devices.ts';
import type { SentMessage } from '../socket-deps.ts';
import { stanzaOptions } from './compose-message.ts';
import { fromBase64 } from './content.ts';
import { forChat } from './for-chat.ts';
import type { GroupCache } from './group-cache.ts';
import { forgetSenderKeys } from './sender-keys.ts';

export interface RetryRequestDeps {
  /** Null for a message that is not kept, or not long enough any more. */
  find: (id: string) => Promise<SentMessage | null>;
  devices: Pick<SocketDevices, 'mayRequest'>;
  groups: GroupCache;
  logger: Logger;
}

/** How often a device gets one message again. */
const maxAnswers = 5;

/** How many requests, and messages that could not be decrypted, are remembered. */
const maxRemembered = 10_000;

/** A count for Baileys beyond any limit: the message was sent often enough. */
const exhausted = String(Number.MAX_SAFE_INTEGER);

/**
 * Answers devices that could not decrypt a message: each gets the same message, alone. Baileys would leave out what the
 * stanza says, and would send everybody the message again that a phone asks for. It finds out here that it has nothing to
 * do, by the count of retries, and confirms the request once it is answered.
 */
export class RetryRequests {
  readonly #deps: RetryRequestDeps;
  /** Requests that wait for their turn, by message and device. */
  readonly #waiting = new Map<string, BinaryNode>();
  readonly #answers = new Map<string, number>();
  /** What Baileys counts, as JSON: how often this session has asked others. */
  readonly #counts = new Map<string, string>();
  #socket: WASocket | undefined;

  constructor(deps: RetryRequestDeps) {
    this.#deps = deps;
  }

  /** Baileys' count of retries by message and device: of others for ours, and of ours for theirs. */
  readonly counts: CacheStore = {
    get: (key) => {
      const request = this.#waiting.get(key);
      if (request === undefined) return JSON.parse(this.#counts.get(key) ?? '0');
      this.#waiting.delete(key);
      return this.#answer(key, request)
        .catch((error: unknown) => this.#deps.logger.warn(errorFacts(error), 'message could not be sent again'))
        .then(() => JSON.parse(exhausted));
    },
    set: (key, value) => {
      remember(this.#counts, key, JSON.stringify(value));
    },
    del: (key) => {
      this.#counts.delete(key);
    },
    flushAll: () => this.#counts.clear(),
  };

  /** To be called with a new socket: this learns of each request before Baileys does. */
  listen(socket: WASocket): void {
    this.#socket = socket;
    socket.ws.prependListener('CB:receipt', (node: BinaryNode) => {
      const { type, id, from, participant = from } = node.attrs;
      if (type === 'retry') remember(this.#waiting, `${id}:${participant}`, node);
    });
  }

  async #answer(key: string, request: BinaryNode): Promise<void> {
    const socket = this.#socket;
    const answers = this.#answers.get(key) ?? 0;
    const { id, from, participant: device = from } = request.attrs;
    if (socket === undefined || id === undefined || device === undefined || answers >= maxAnswers) return;
    remember(this.#answers, key, answers + 1);
    const sent = await this.#deps.find(id);
    if (sent !== null && !(await this.#deps.devices.mayRequest(device, sent.chat, socket))) return;
    // Also for a message that is not kept any more: then at least the next one can be read.
    await renewSession(socket, device, request);
    if (from !== undefined && isGroup(from)) await forgetSenderKeys(socket, from);
    if (sent === null) return;
    const count = Number(getBinaryNodeChild(request, 'retry')?.attrs['count'] ?? 1);
    const to = { jid: await addressIn(sent.chat, device, socket), count };
    await this.#sendAgain(socket, sent, { messageId: id, to });
  }

  async #sendAgain(
    socket: WASocket,
    { chat, proto: encoded }: SentMessage,
    request: Pick<Resend, 'messageId' | 'to'>,
  ): Promise<void> {
    const composed = proto.Message.decode(fromBase64(encoded));
    const group = isGroup(chat) ? await this.#deps.groups.get(chat) : undefined;
    const message = forChat(composed, chat, { group, me: socket.user });
    await resend(socket, { ...request, chat, message, options: stanzaOptions(message, group) });
  }
}

/**
 * The address of a device of the recipient, in the name space of the chat: WhatsApp refuses what goes to the number of a
 * person whom it knows by LID, from whichever address the request came. Baileys deals with own devices.
 */
async function addressIn(chat: string, device: string, { signalRepository, user }: WASocket): Promise<string> {
  const isOwn = user !== undefined && userOf(device) === userOf(user.id);
  if (!isLid(chat) || isOwn) return device;
  return (await signalRepository.lidMapping.getLIDForPN(device)) ?? device;
}

/** The oldest entries make room. A session has few of them, and an LRU cache would reserve the memory for all. */
function remember<V>(entries: Map<string, V>, key: string, value: V): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (oldest !== undefined && entries.size > maxRemembered) entries.delete(oldest);
}

/** With the keys that the device sends along, or else with those that WhatsApp has: the old session may be unusable. */
async function renewSession(socket: WASocket, device: string, request: BinaryNode): Promise<void> {
  const sent = extractE2ESessionFromRetryReceipt(request);
  if (sent?.preKey === undefined) await socket.assertSessions([device], true);
  else await socket.signalRepository.injectE2ESession({ jid: device, session: { ...sent, preKey: sent.preKey } });
}
