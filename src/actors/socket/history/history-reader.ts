import { type AuthenticationCreds, proto, type WAMessage, type WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../../domain/clock.ts';
import { isLid, userOf } from '../../../domain/jid.ts';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import type { PrivacyTokens, ReceivedToken } from '../signal/privacy-tokens.ts';
import type { SignalTransactions } from '../signal/signal-transactions.ts';
import { isInline, loadHistory } from './history-file.ts';
import { type AddressPair, type PastToken, readHistory } from './read-history.ts';

const { HistorySyncType } = proto.HistorySync;
const { HISTORY_SYNC_NOTIFICATION } = proto.Message.ProtocolMessage.Type;

/** The parts that have chats of the last weeks or names; no older chat has a token that still is valid. */
const readTypes: ReadonlySet<unknown> = new Set([
  HistorySyncType.INITIAL_BOOTSTRAP,
  HistorySyncType.RECENT,
  HistorySyncType.PUSH_NAME,
]);

/** How long the first messages of a newly linked number wait for the tokens in its history, from its first login. */
const firstPartTimeoutMs = 5_000;

/** Pairs of one commit. */
const batchSize = 500;

/** One file is read at a time in a process, as each may take tens of megabytes; what a message contains is smaller. */
const oneAtATime = new SerialQueue();

export interface HistoryReaderDeps {
  socket: Pick<WASocket, 'signalRepository'>;
  keys: SignalTransactions;
  tokens: PrivacyTokens;
  /** Another server than WhatsApp's own. */
  whatsappUrl?: string;
  clock: Pick<Clock, 'after'>;
  onFailure: (error: unknown) => void;
}

/**
 * Reads the history that the phone sends after linking, for what later messages need: privacy tokens, and which LID belongs
 * to which number. The rest is dropped, undecoded. Baileys could do it, but would build every old message and hold back
 * events meanwhile (7.0.0-rc14, `process-message`).
 */
export class HistoryReader {
  readonly #deps: HistoryReaderDeps;
  readonly #firstPart = Promise.withResolvers<void>();

  /** @param isFirstLogin whether a phone has just linked the session */
  constructor(deps: HistoryReaderDeps, isFirstLogin: boolean) {
    this.#deps = deps;
    if (isFirstLogin) deps.clock.after(firstPartTimeoutMs, () => this.#firstPart.resolve());
    else this.#firstPart.resolve();
  }

  /** Resolves when the first part of the history is stored or is not expected any more; never rejects. */
  get firstPart(): Promise<void> {
    return this.#firstPart.promise;
  }

  /** Reads what a message says of the history; other messages are ignored. */
  onMessage({ key, message }: WAMessage): void {
    const content = message?.protocolMessage;
    const notification = content?.historySyncNotification;
    // Anybody could send such a message; only the own phone's counts.
    if (notification == null || content?.type !== HISTORY_SYNC_NOTIFICATION || key.fromMe !== true) return;
    if (!readTypes.has(notification.syncType)) return;
    const read = () => this.#read(notification);
    (isInline(notification) ? read() : oneAtATime.run(read))
      .catch(this.#deps.onFailure)
      .finally(() => this.#firstPart.resolve());
  }

  async #read(notification: proto.Message.IHistorySyncNotification): Promise<void> {
    const { pairs, tokens } = readHistory(await loadHistory(notification, this.#deps.whatsappUrl));
    await this.#storePairs(pairs);
    await this.#deps.tokens.store(await this.#named(tokens, pairs));
  }

  async #storePairs(pairs: readonly AddressPair[]): Promise<void> {
    const { lidMapping } = this.#deps.socket.signalRepository;
    for (let start = 0; start < pairs.length; start += batchSize) {
      await lidMapping.storeLIDPNMappings(pairs.slice(start, start + batchSize));
    }
  }

  /** The tokens under the LIDs of their contacts, those whose LID is unknown under their numbers. */
  async #named(tokens: readonly PastToken[], pairs: readonly AddressPair[]): Promise<ReceivedToken[]> {
    const lids = new Map(pairs.map(({ lid, pn }) => [pn, lid]));
    const unknown = tokens.map(({ chat }) => chat).filter((chat) => !isLid(chat) && !lids.has(chat));
    const stored = await this.#deps.keys.get('lid-mapping', unknown.map(userOf));
    for (const chat of unknown) {
      const user = stored[userOf(chat)];
      if (user !== undefined) lids.set(chat, `${user}@lid`);
    }
    return tokens.map(({ chat, ...token }) => ({ ...token, contact: lids.get(chat) ?? chat }));
  }
}

/** Whether credentials have never been used since a phone accepted them: prekeys are uploaded at the first login. */
export function isFirstLogin({ account, firstUnuploadedPreKeyId }: AuthenticationCreds): boolean {
  return account !== undefined && firstUnuploadedPreKeyId === 1;
}
