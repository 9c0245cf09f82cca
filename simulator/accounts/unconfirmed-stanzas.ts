import { entriesOf, lruMap } from '../lru-map.ts';
import { requiredAttribute, type Stanza } from '../wire/stanza.ts';

/** Beyond this many the oldest count as confirmed; the real server keeps far more. */
const LARGEST_COUNT = 10_000;
/** A client confirms all stanzas with an id by an `<ack>`, or a message by any receipt, except these. */
const UNCONFIRMED: ReadonlySet<string> = new Set([
  ...['ack', 'chatstate', 'failure', 'ib', 'iq', 'presence', 'stream:error', 'success', 'xmlstreamend'],
]);

interface Sent {
  readonly stanza: Stanza;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Stanzas that a device has not confirmed; they are sent again at its next login. */
export class UnconfirmedStanzas {
  readonly #sent = lruMap<Sent>(LARGEST_COUNT);

  /** @param sent oldest first */
  constructor(sent: readonly Stanza[] = []) {
    for (const stanza of sent) this.add(stanza);
  }

  /** Oldest first. */
  all(): Stanza[] {
    return entriesOf(this.#sent).map(([, { stanza }]) => stanza);
  }

  /** The one that has waited longest. */
  oldest(): Sent | undefined {
    const key = this.#sent.rkeys().next().value;
    return key === undefined ? undefined : this.#sent.peek(key);
  }

  add(stanza: Stanza): void {
    if (stanza.attrs['id'] === undefined || UNCONFIRMED.has(stanza.tag)) return;
    this.#sent.set(keyOf(stanza.tag, stanza.attrs['from'], stanza), { stanza, at: Date.now() });
  }

  /** @param answer an `<ack>`, whose class is the tag of the confirmed stanza, or a receipt */
  confirm(answer: Stanza): void {
    const tag = answer.tag === 'ack' ? requiredAttribute(answer, 'class') : 'message';
    this.#sent.delete(keyOf(tag, answer.attrs['to'], answer));
  }

  takeAll(): Stanza[] {
    const taken = this.all();
    this.#sent.clear();
    return taken;
  }
}

/** The attributes that an ack repeats identify a stanza. For a message the id is enough. */
function keyOf(tag: string, peer: string | undefined, { attrs }: Stanza): string {
  const { id, participant, type } = attrs;
  if (tag === 'message') return [tag, id].join(' ');
  return [tag, id, peer, participant, type].join(' ');
}
