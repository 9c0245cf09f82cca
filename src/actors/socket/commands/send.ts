import type { WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts, GatewayError } from '../../../domain/errors.ts';
import { isGroup } from '../../../domain/jid.ts';
import { queryErrorCode, statusCodeOf } from '../baileys-error.ts';
import type { SocketDevices } from '../devices/socket-devices.ts';
import type { SocketCommand, SocketEvent } from '../port.ts';
import type { PrivacyTokens } from '../signal/privacy-tokens.ts';
import { composeMessage, stanzaOptions } from './compose-message.ts';
import type { ConnectionGroups } from './connection-groups.ts';
import { forChat } from './for-chat.ts';
import { isForNow } from './passing-refusal.ts';
import type { QueryWatch } from './query-watch.ts';
import { resolveRecipient } from './recipient.ts';
import { type TypingDeps, whileTyping } from './typing.ts';

type Send = Extract<SocketCommand, { type: 'socket.send' }>;

export interface SendDeps extends TypingDeps {
  devices: Pick<SocketDevices, 'fanOut' | 'missed' | 'lookUps'>;
  emit: (event: SocketEvent) => void;
  tokens: PrivacyTokens;
  /** Resolves when the tokens that came with linking are stored, or are not waited for any more. */
  firstTokens: Promise<void>;
  groups: ConnectionGroups;
  queries: QueryWatch;
  logger: Pick<Logger, 'warn'>;
}

/**
 * Hands a message to Baileys. A resolved promise only means that the bytes were written, and most rejections leave the
 * outcome open (the message may be on the wire), so neither emits an event: the acknowledgement decides. Only failures that
 * certainly preceded the write are emitted: the recipient has no device, its keys are unusable, or WhatsApp refused a query.
 * Those that may be over soon are `socket.deferred`.
 */
export function sendThrough(socket: WASocket, send: Send, deps: SendDeps): void {
  const { waMessageId } = send;
  const { emit, groups, queries } = deps;
  const { unanswered } = queries;
  groups.sends.begin(send);
  const report = (code: string | undefined) => {
    if (code === undefined) return;
    const isDeferred = isForNow(code, queries.unanswered === unanswered);
    emit({ type: isDeferred ? 'socket.deferred' : 'socket.refused', waMessageId, code });
  };
  transmit(socket, send, deps).then(report, (error: unknown) => report(refusalCode(socket, error)));
}

/** Baileys' status codes for a closed connection, and for bytes that were not written in time. */
const openOutcomes = new Set([408, 428]);

/**
 * The code of a failure that certainly preceded the write to the wire; undefined when the message may be on it. After the
 * write only the connection and the store can fail.
 */
function refusalCode(socket: WASocket, error: unknown): string | undefined {
  const queryCode = queryErrorCode(error);
  if (queryCode !== undefined) return String(queryCode);
  const statusCode = statusCodeOf(error);
  const isOpen = error instanceof GatewayError || (statusCode !== undefined && openOutcomes.has(statusCode));
  return isOpen || !socket.ws.isOpen ? undefined : 'encryption_failed';
}

async function transmit(socket: WASocket, send: Send, deps: SendDeps): Promise<string | undefined> {
  const { waMessageId, content } = send;
  const { devices, emit, groups, tokens, firstTokens } = deps;
  const recipient = await resolveRecipient(socket, devices, send.to);
  if (recipient === 'unanswered') return recipient;
  if (recipient === 'unknown') return 'recipient_unknown';
  const { jid, contact } = recipient;
  // Without devices Baileys would send an empty message, which WhatsApp acknowledges.
  const plan = await devices.fanOut.plan(socket, jid);
  if (plan === undefined) return 'unanswered';
  if (plan.refusal !== null) return plan.refusal;
  // Queued by a newer release.
  if (content.type === 'unsupported') return 'unsupported_content';
  emit({ type: 'socket.addressed', waMessageId, contact });
  const isDirect = !isGroup(jid);
  if (isDirect) {
    await firstTokens;
    await tokens.prepare(jid);
  }
  const group = isDirect ? undefined : await groups.cache.get(jid);
  const composed = await composeMessage(send, recipient, socket.user?.id ?? '');
  const message = forChat(composed, jid, { group, me: socket.user });
  const isSent = await whileTyping(socket, { to: jid, typingMs: send.typingMs }, deps, () => {
    const options = stanzaOptions(message, group);
    const sent = socket.relayMessage(jid, message, { messageId: waMessageId, ...options });
    return devices.missed.track(waMessageId, { plan, message, options, sent });
  });
  if (isSent && isDirect) {
    // The message is on the wire: what fails from here on must not say that it was refused.
    tokens.recordIssued(jid).catch((error: unknown) => {
      deps.logger.warn(errorFacts(error), 'issued privacy token could not be stored');
    });
  }
  return undefined;
}
