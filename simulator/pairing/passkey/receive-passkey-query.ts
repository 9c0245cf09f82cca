import type { BackgroundTasks } from '../../ledger/background-tasks.ts';
import { attribute, child, SERVER, type Stanza, stanza } from '../../wire/stanza.ts';
import { linkDevice } from '../link-device.ts';
import type { PairingClient } from '../pairing-client.ts';
import type { PasskeyCeremony } from './ceremony.ts';
import { badRequest, PasskeyRefusal } from './refusal.ts';

/** An accepted step: the content of its answer, and what is sent after that. */
interface Accepted {
  readonly content?: Stanza;
  readonly afterwards?: () => void;
}

/** Answers a query of the ceremony. Returns whether it was one. */
export function receivePasskeyQuery(
  iq: Stanza,
  client: PairingClient,
  ceremony: PasskeyCeremony,
  background: BackgroundTasks,
): boolean {
  const steps: Readonly<Record<string, (node: Stanza) => Accepted>> = {
    passkey_request_options: () => ({ content: ceremony.challenge() }),
    ref: () => ({ content: ceremony.ref() }),
    passkey_prologue: (node) => {
      ceremony.answer(node);
      return { afterwards: () => ceremony.continue() };
    },
    companion_nonce: (node) => {
      ceremony.reveal(node);
      return {};
    },
    encrypted_pairing_request: (node) => {
      const advSecret = ceremony.finish(node);
      const link = () => linkDevice(ceremony.account, client, advSecret);
      return { afterwards: () => background.run(link, client.connection.id) };
    },
  };
  for (const [tag, step] of Object.entries(steps)) {
    const node = child(iq, tag);
    if (node === undefined) continue;
    reply(iq, client, () => step(node));
    return true;
  }
  return false;
}

function reply(iq: Stanza, { connection }: PairingClient, step: () => Accepted): void {
  const head = { id: attribute(iq, 'id'), from: SERVER };
  try {
    const { content, afterwards } = step();
    connection.send(stanza('iq', { ...head, type: 'result' }, content === undefined ? undefined : [content]));
    afterwards?.();
  } catch (cause) {
    const refusal = cause instanceof PasskeyRefusal ? cause : badRequest(cause);
    const content = [stanza('error', { code: refusal.code, text: refusal.message })];
    connection.send(stanza('iq', { ...head, type: 'error' }, content));
  }
}
