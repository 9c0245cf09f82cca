import { type BinaryNode, S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';

/** What Baileys confirms, and what is not confirmed: all other stanzas with an id are left to us. */
const handled = new Set([
  ...['message', 'receipt', 'notification', 'call'],
  ...['ack', 'iq', 'ib', 'presence', 'chatstate', 'success', 'failure'],
  ...['stream:error', 'stream:features', 'xmlstreamend'],
]);

/** Stories. They are confirmed like a message; nobody here reads them. */
const stories = 'status';
/** The code of WhatsApp's clients for a stanza that they do not know (`UnrecognizedStanza` in Baileys). */
const unrecognized = '488';

/**
 * Confirms the stanzas that Baileys does not know, and answers pings of the server. WhatsApp ends the stream of a client
 * that leaves a stanza unconfirmed for 50 minutes, again and again, and holds back what is behind it.
 */
export function confirmUnknown(socket: Pick<WASocket, 'ws' | 'sendNode'>): void {
  socket.ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    const answer = frame instanceof Uint8Array ? undefined : answerTo(frame);
    // A connection that cannot be written to is about to end.
    if (answer !== undefined) socket.sendNode(answer).catch(() => undefined);
  });
}

function answerTo({ tag, attrs }: BinaryNode): BinaryNode | undefined {
  const { id, from, type, participant, recipient, xmlns } = attrs;
  if (tag === 'iq' && type === 'get' && xmlns === 'urn:xmpp:ping') {
    return { tag: 'iq', attrs: { ...(id !== undefined && { id }), to: from ?? S_WHATSAPP_NET, type: 'result' } };
  }
  if (id === undefined || from === undefined || handled.has(tag)) return undefined;
  const optional = { type, participant, recipient, error: tag === stories ? undefined : unrecognized };
  const given = Object.fromEntries(
    Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return { tag: 'ack', attrs: { ...given, class: tag, id, to: from } };
}
