import { type BinaryNode, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import { type Contact, contactOf } from '../../../domain/contact.ts';
import { withoutDevice } from '../../../domain/jid.ts';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import { isAnswer } from './query-answer.ts';

/** Numbers kept for one connection. */
const maxNumbers = 500;

/** How long an answer is kept: the number of a person seldom changes, but who is not there may come at any time. */
const registeredMs = 5 * 60 * 1000;
const unregisteredMs = 30_000;

/** What WhatsApp says of a number; `contact` is null when it is not there. */
export interface LookedUp {
  contact: Contact | null;
}

/**
 * The look-ups of phone numbers on one connection. WhatsApp limits them, so there is one at a time, and answers are kept
 * for a while.
 */
export class ContactLookUps {
  readonly #now: () => number;
  readonly #queue = new SerialQueue();
  readonly #known = new LRUCache<string, LookedUp & { until: number }>({ max: maxNumbers });

  /** @param now epoch milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Whom WhatsApp finds under a number, given in digits: it may know the number by another spelling. Null when it does not
   * answer in time; rejects when it refuses.
   */
  find(socket: Pick<WASocket, 'query' | 'generateMessageTag'>, phone: string): Promise<LookedUp | null> {
    return this.#queue.run(async () => {
      const known = this.#known.get(phone);
      if (known !== undefined && this.#now() < known.until) return known;
      const found = await ask(socket, phone);
      const keptMs = found?.contact === null ? unregisteredMs : registeredMs;
      if (found !== null) this.#known.set(phone, { ...found, until: this.#now() + keptMs });
      return found;
    });
  }
}

/** Asked without Baileys' parsers: they yield no username, and throw for an error in one part of the answer. */
async function ask(
  { query, generateMessageTag }: Pick<WASocket, 'query' | 'generateMessageTag'>,
  phone: string,
): Promise<LookedUp | null> {
  const parts = ['contact', 'lid', 'username'].map((tag) => node(tag));
  const user = node('user', {}, [node('contact', {}, Buffer.from(`+${phone}`))]);
  const attributes = { sid: generateMessageTag(), mode: 'query', last: 'true', index: '0', context: 'interactive' };
  const usync = node('usync', attributes, [node('query', {}, parts), node('list', {}, [user])]);
  const answer: unknown = await query(node('iq', { to: 's.whatsapp.net', type: 'get', xmlns: 'usync' }, [usync]));
  return isAnswer(answer) ? lookedUp(answer) : null;
}

function lookedUp(answer: BinaryNode): LookedUp {
  const user = getBinaryNodeChild(getBinaryNodeChild(getBinaryNodeChild(answer, 'usync'), 'list'), 'user');
  const { jid } = user?.attrs ?? {};
  if (jid === undefined || getBinaryNodeChild(user, 'contact')?.attrs['type'] !== 'in') return { contact: null };
  const lid = getBinaryNodeChild(user, 'lid')?.attrs['val'];
  return {
    contact: {
      ...contactOf(jid),
      ...(lid !== undefined && { lid: withoutDevice(lid) }),
      username: textOf(getBinaryNodeChild(user, 'username')),
    },
  };
}

function node(tag: string, attrs: BinaryNode['attrs'] = {}, content?: BinaryNode['content']): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** Null for an empty text, or for an error in place of one. */
function textOf(part: BinaryNode | undefined): string | null {
  const content = part?.content;
  if (content === undefined || Array.isArray(content)) return null;
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  return text === '' ? null : text;
}
