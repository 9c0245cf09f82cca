import { isGroup } from '../../domain/jid.ts';
import { chatOnWire, isSettled, type OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Messages } from '../../store/records/messages/messages.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import { unlessUnreadable } from '../../store/unreadable-value.ts';

const minuteMs = 60_000;

/**
 * How long a device that could not decrypt a message gets it again. What comes later reappears as a new message, in
 * groups at the top of everybody's chat, so there it is given up sooner.
 */
const retryWindowMs = { direct: 24 * 60 * minuteMs, group: 15 * minuteMs };

/** Messages of the sessions as WhatsApp encodes them, in base64; null for one that is not kept. */
export interface MessageLookup {
  /** For quoting and for reading votes. */
  find(address: SessionAddress, id: string): Promise<string | null>;
  /**
   * For a device that asks for a message again: only what this session sent, not too long ago, and with the newest text.
   * What another edit has replaced is not sent again, as that one is.
   */
  findForRetry(address: SessionAddress, id: string): Promise<Pick<Kept, 'chat' | 'proto'> | null>;
}

export interface MessageLookupDeps {
  messages: Messages;
  outbox: Pick<Outbox, 'findByMessage'>;
  encode: (row: OutboxRow) => Promise<string>;
  /** Epoch milliseconds. */
  now: () => number;
}

type IsMeant = (message: { fromMe: boolean }) => boolean;

const isOurs: IsMeant = ({ fromMe }) => fromMe;

interface Kept {
  chat: string;
  fromMe: boolean;
  proto: string;
  timestamp: number;
}

export function messageLookup({ messages, outbox, encode, now }: MessageLookupDeps): MessageLookup {
  /** A message is kept once it is acknowledged; before that, and for an edit, its outbox row has it. */
  const find = async (address: SessionAddress, id: string, isMeant?: IsMeant): Promise<Kept | null> => {
    const kept = await messages.find(address, id, isMeant);
    if (kept !== null) return kept;
    const row = await unlessUnreadable(null, () => outbox.findByMessage(address, id));
    if (row === null || row.content.type === 'unsupported' || (await isReplaced(address, row))) return null;
    return { chat: chatOnWire(row), fromMe: true, proto: await encode(row), timestamp: row.timestamp };
  };

  /** Whether the row is an edit, and a later one was acknowledged. */
  const isReplaced = async (address: SessionAddress, row: OutboxRow): Promise<boolean> => {
    const { content, waMessageId } = row;
    if (content.type !== 'edit' || !isSettled(row)) return false;
    const { editedBy = waMessageId } = (await messages.find(address, content.target, isOurs)) ?? {};
    return editedBy !== waMessageId;
  };

  return {
    find: async (address, id) => (await find(address, id))?.proto ?? null,
    findForRetry: async (address, id) => {
      const kept = await find(address, id, isOurs);
      if (kept === null || !kept.fromMe) return null;
      const windowMs = isGroup(kept.chat) ? retryWindowMs.group : retryWindowMs.direct;
      return now() - kept.timestamp < windowMs ? { chat: kept.chat, proto: kept.proto } : null;
    },
  };
}
