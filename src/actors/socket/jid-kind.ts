const lidPattern = /^\d{5,20}@lid$/;
const numberPattern = /^\d{5,20}@s\.whatsapp\.net$/;

/** Whether a JID is a person's LID, without a device. */
export function isLid(jid: string): boolean {
  return lidPattern.test(jid);
}

/** Whether a JID is a person's phone number, without a device. */
export function isNumber(jid: string): boolean {
  return numberPattern.test(jid);
}
