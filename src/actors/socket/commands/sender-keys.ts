import type { WASocket } from '@whiskeysockets/baileys';

/** The next message to the group carries our sender key for all devices. Baileys ends a send by noting who has it. */
export async function forgetSenderKeys({ authState: { creds, keys } }: WASocket, group: string): Promise<void> {
  const forget = () => Promise.resolve(keys.set({ 'sender-key-memory': { [group]: null } }));
  // The label under which Baileys sends: what is forgotten here must not be noted by a send that is ending.
  await keys.transaction(forget, creds.me?.id ?? '');
}
