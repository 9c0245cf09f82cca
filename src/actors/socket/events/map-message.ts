import type { Contact, WAMessage } from '@whiskeysockets/baileys';
import type { SocketEvent } from '../port.ts';
import { timerIn } from './chat-timer.ts';
import { toReceived } from './inbound.ts';
import { voteIn } from './votes.ts';

export interface MessageMappingDeps {
  emit: (event: SocketEvent) => void;
  /** A message of this session by its id, in base64; null when it is not stored. */
  findMessage: (id: string) => Promise<string | null>;
  /** The other address of a person; null when it is unknown. */
  alternateOf: (jid: string) => Promise<string | null>;
  /** Drops a message from the stored journal that needs no record. */
  forgetJournaled: (name: string) => Promise<void>;
  /** Reports a failure that concerns one message or group only. */
  onMappingError: (error: unknown) => void;
  now: () => number;
}

/** Maps one message of Baileys'. `journaled`: the name under which it is journaled, if it is. */
export function mapMessage(
  me: Contact | undefined,
  message: WAMessage,
  journaled: string | null,
  { emit, findMessage, alternateOf, forgetJournaled, onMappingError, now }: MessageMappingDeps,
): void {
  const seen = timerIn(message, now());
  if (seen !== null) emit({ type: 'socket.timer', ...seen });
  const received = toReceived(message, now(), me);
  if (received !== null) {
    emit({ type: 'socket.received', message: received, journal: journaled });
    return;
  }
  const forget = async (): Promise<void> => {
    if (journaled !== null) await forgetJournaled(journaled);
  };
  const map = async (): Promise<void> => {
    if (message.message?.pollUpdateMessage == null || me === undefined) return forget();
    const vote = await voteIn(message, me, { findMessage, alternateOf, now: now() });
    if (vote === null) return forget();
    emit({ ...vote, journal: journaled });
  };
  map().catch(onMappingError);
}
