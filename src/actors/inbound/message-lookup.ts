import { isGroup } from '../../domain/jid.ts';
import type { Content } from '../../domain/message.ts';
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
  /** For a device that asks for a message again: only what this session sent, and not too long ago. */
  findForRetry(address: SessionAddress, id: string): Promise<string | null>;
}

export interface MessageLookupDeps {
  messages: Messages;
  outbox: Pick<Outbox, 'findByMessage'>;
  encode: (content: Content) => Promise<string>;
  /** Epoch milliseconds. */
  now: () => number;
}

export function messageLookup({ messages, outbox, encode, now }: MessageLookupDeps): MessageLookup {
  /** A message is kept once it is acknowledged; before that, its outbox row has it. */
  const find = async (address: SessionAddress, id: string): Promise<Kept | null> => {
    const kept = await messages.find(address, id);
    if (kept !== null) return kept;
    const row = await unlessUnreadable(null, () => outbox.findByMessage(address, id));
    if (row === null || row.content.type === 'unsupported') return null;
    return { chat: row.to, fromMe: true, proto: await encode(row.content), timestamp: row.timestamp };
  };

  return {
    find: async (address, id) => (await find(address, id))?.proto ?? null,
    findForRetry: async (address, id) => {
      const kept = await find(address, id);
      if (kept === null || !kept.fromMe) return null;
      const windowMs = isGroup(kept.chat) ? retryWindowMs.group : retryWindowMs.direct;
      return now() - kept.timestamp < windowMs ? kept.proto : null;
    },
  };
}

interface Kept {
  chat: string;
  fromMe: boolean;
  proto: string;
  timestamp: number;
}
