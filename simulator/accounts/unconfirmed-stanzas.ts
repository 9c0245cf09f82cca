import { entriesOf, lruMap } from '../lru-map.ts';
import { requiredAttribute, type Stanza } from '../wire/stanza.ts';

/** Beyond this many the oldest count as confirmed; the real server keeps far more. */
const LARGEST_COUNT = 1000;
/** What a client confirms: with an `<ack>`, or a message with a receipt of any kind. */
const CONFIRMABLE: ReadonlySet<string> = new Set(['message', 'receipt', 'notification']);

/** What a device was given and has not confirmed: it may not have got it, and is given it again at its next login. */
export class UnconfirmedStanzas {
  readonly #given = lruMap<Stanza>(LARGEST_COUNT);

  /** @param given oldest first */
  constructor(given: readonly Stanza[] = []) {
    for (const stanza of given) this.give(stanza);
  }

  /** Oldest first. */
  all(): Stanza[] {
    return entriesOf(this.#given).map(([, stanza]) => stanza);
  }

  give(stanza: Stanza): void {
    if (!CONFIRMABLE.has(stanza.tag)) return;
    this.#given.set(nameOf(stanza.tag, stanza.attrs['from'], stanza), stanza);
  }

  /** @param answer what the client says about one of them: an ack's class is the tag of what it confirms */
  confirm(answer: Stanza): void {
    const tag = answer.tag === 'ack' ? requiredAttribute(answer, 'class') : 'message';
    this.#given.delete(nameOf(tag, answer.attrs['to'], answer));
  }

  takeAll(): Stanza[] {
    const taken = this.all();
    this.#given.clear();
    return taken;
  }
}

/** An ack repeats all that names the stanza apart from others. A message needs no more than its id. */
function nameOf(tag: string, peer: string | undefined, { attrs }: Stanza): string {
  const { id, participant, type } = attrs;
  if (tag === 'message') return [tag, id].join(' ');
  return [tag, id, peer, participant, type].join(' ');
}
