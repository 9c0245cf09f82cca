import { isGroup } from '../../../domain/jid.ts';
import type { SocketCommand } from '../port.ts';
import type { GroupCache } from './group-cache.ts';

type Send = Extract<SocketCommand, { type: 'socket.send' }>;

/** WhatsApp's code for a message that names the members of a group in another name space than the group does by now. */
const staleAddressing = '421';

/** WhatsApp's code for a sender who is no member, or may not write to the group. */
const forbidden = '403';

export interface GroupSendsDeps {
  groups: Pick<GroupCache, 'forget' | 'changed'>;
  /** Forgets which devices have our sender key of a group. */
  forgetSenderKeys: (group: string) => Promise<void>;
  transmit: (send: Send) => void;
  /** Ends the connection: what a refused message has changed could not be undone. */
  fail: (error: unknown) => void;
}

/**
 * The latest send of a connection, if it is to a group, until WhatsApp answers it. A refusal means that what is known of
 * the group may be wrong, and that no member got the sender key that the message carried.
 */
export class GroupSends {
  readonly #deps: GroupSendsDeps;
  #send: Send | null = null;
  #isRepeated = false;

  constructor(deps: GroupSendsDeps) {
    this.#deps = deps;
  }

  begin(send: Send): void {
    if (send === this.#send) return;
    this.#send = isGroup(send.to) ? send : null;
    this.#isRepeated = false;
  }

  /** Whether a refused send is sent again, once, under the same id, so that its refusal is no result. */
  repeats(waMessageId: string, code: string): boolean {
    const send = this.#send;
    if (send?.waMessageId !== waMessageId) return false;
    const { groups, forgetSenderKeys, transmit, fail } = this.#deps;
    const isRepeated = code === staleAddressing && !this.#isRepeated;
    // What was refused has been announced already.
    const repeated = { ...send, typingMs: 0 };
    this.#send = repeated;
    this.#isRepeated = true;
    if (code === staleAddressing) groups.forget(send.to);
    if (code === forbidden) groups.changed(send.to);
    forgetSenderKeys(send.to).then(() => {
      if (isRepeated) transmit(repeated);
    }, fail);
    return isRepeated;
  }
}
