import assert from 'node:assert/strict';
import type { Group } from '../../../../simulator/api/group-api.ts';
import { eventually } from '../../../support/eventually.ts';
import { recipient, to } from '../../../support/gateway/environment.ts';
import { phoneOf, type World } from '../../support/world.ts';
import type { EventLog } from '../judge/event-log.ts';

/** What one contact and many sessions say to each other, in person and in a group of all of them. */
export class Conversation {
  readonly #world: World;
  readonly #sessions: readonly string[];
  readonly #group: Group;
  /** Ids of what the contact wrote, with how many sessions are to be told of each. */
  readonly #written = new Map<string, number>();
  #rounds = 0;

  constructor(world: World, sessions: readonly string[]) {
    this.#world = world;
    this.#sessions = sessions;
    const participants = [recipient, ...sessions.map((_, index) => phoneOf(index))];
    this.#group = world.simulator.addGroup({ subject: 'Choir', participants });
  }

  /** How many messages the contact wrote. */
  get count(): number {
    return this.#written.size;
  }

  /** So many rounds, one after the other. */
  async rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round += 1) await this.#round();
  }

  /** Somebody whom no session has met writes to each of them, and each answers. */
  async meet(phone: string): Promise<void> {
    const newcomer = this.#world.simulator.addContact({ phone });
    for (const [index, session] of this.#sessions.entries()) {
      this.#written.set(await newcomer.sendText(phoneOf(index), `hello, ${session}`), 1);
      await this.#send(session, newcomer.jid);
    }
  }

  /** Ids of what was written and not told to all, when that has had some time. */
  async missing(events: EventLog): Promise<string[]> {
    const missing = () => {
      const told = new Map<unknown, number>();
      for (const { event, payload } of events.events()) {
        const id = payload['waMessageId'];
        if (event === 'message' && payload['fromMe'] === false) told.set(id, (told.get(id) ?? 0) + 1);
      }
      return [...this.#written].filter(([id, wanted]) => (told.get(id) ?? 0) < wanted).map(([id]) => id);
    };
    await eventually(() => assert.deepEqual(missing(), []), 20_000).catch(() => undefined);
    return missing();
  }

  /** Each session that is connected writes and is written to, in turns, so that every ratchet turns. */
  async #round(): Promise<void> {
    this.#rounds += 1;
    const { client, simulator } = this.#world;
    const contact = simulator.contacts().find(({ phone }) => phone === recipient);
    assert(contact !== undefined);
    for (const [index, session] of this.#sessions.entries()) {
      const { status } = await client.session(session);
      if (status !== 'connected') continue;
      this.#written.set(await contact.sendText(phoneOf(index), `${this.#rounds} to ${session}`), 1);
      await this.#send(session, to);
      await this.#send(session, this.#group.jid);
    }
    this.#written.set(await this.#group.sendText(recipient, `${this.#rounds} to all`), this.#sessions.length);
  }

  async #send(session: string, chat: string): Promise<void> {
    const answer = await this.#world.client.sendText(session, chat, `${this.#rounds} from ${session}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
}
