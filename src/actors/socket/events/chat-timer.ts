import { extractMessageContent, proto, type WAMessage } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { type ChatTimer, ChatTimerSchema, type SeenTimer } from '../../../domain/chat-timer.ts';
import { isGroup, withoutDevice } from '../../../domain/jid.ts';
import { epochMs } from './server-time.ts';

/** The group whose timer was changed by this message; undefined for any other. Its metadata has the timer. */
export function groupWithNewTimer({ key, message }: WAMessage): string | undefined {
  return isSetting(message) && isGroup(key.remoteJid ?? '') ? (key.remoteJid ?? undefined) : undefined;
}

/**
 * The timer of a chat with a person, as a message tells it: one that changes it, or one that disappears after it, whatever it
 * holds. Null when it tells nothing. A query for it is answered with 0 whatever it is.
 */
export function timerIn({ key, message, messageTimestamp }: WAMessage, now: number): SeenTimer | null {
  const chats = [key.remoteJid ?? '', key.remoteJidAlt ?? ''].map(withoutDevice).filter(isPerson);
  const timestamp = epochMs(messageTimestamp, now);
  const timer = isSetting(message) ? settingIn(message, timestamp) : timerOf(message);
  return chats.length === 0 || timer === null ? null : { chats, timer, timestamp };
}

function isPerson(jid: string): boolean {
  return jid.endsWith('@s.whatsapp.net') || jid.endsWith('@lid');
}

function isSetting(message: proto.IMessage | null | undefined): boolean {
  return extractMessageContent(message)?.protocolMessage?.type === proto.Message.ProtocolMessage.Type.EPHEMERAL_SETTING;
}

function settingIn(message: proto.IMessage | null | undefined, timestamp: number): ChatTimer | null {
  const { ephemeralExpiration } = extractMessageContent(message)?.protocolMessage ?? {};
  return valid(ephemeralExpiration ?? 0, Math.floor(timestamp / 1000));
}

/** Any kind of content may have it. WhatsApp's apps write 0 where messages stay; other clients leave it out everywhere. */
function timerOf(message: proto.IMessage | null | undefined): ChatTimer | null {
  for (const part of Object.values(extractMessageContent(message) ?? {})) {
    if (typeof part !== 'object' || part === null || !('contextInfo' in part)) continue;
    const { contextInfo } = part;
    if (contextInfo == null || !Object.hasOwn(contextInfo, 'expiration') || contextInfo.expiration == null) continue;
    return valid(contextInfo.expiration, Number(contextInfo.ephemeralSettingTimestamp ?? 0));
  }
  return null;
}

/** Messages are untrusted input. */
function valid(seconds: number, setAt: number): ChatTimer | null {
  const known = Number.isSafeInteger(setAt) && setAt > 0 ? { setAt } : {};
  const parsed = v.safeParse(ChatTimerSchema, { seconds, ...known });
  return parsed.success ? parsed.output : null;
}
