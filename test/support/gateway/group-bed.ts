import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { Group } from '../../../simulator/api/group-api.ts';
import type { StanzaEntry } from '../../../simulator/ledger/entries.ts';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { SseClient } from '../../http/support/sse.ts';
import { eventually } from '../eventually.ts';
import type { Answer } from './client.ts';
import { type LinkedBed, own } from './linked-bed.ts';

const EventSchema = v.looseObject({
  event: v.string(),
  session: v.nullable(v.string()),
  payload: v.record(v.string(), v.unknown()),
});
const MembersSchema = v.object({
  data: v.array(v.strictObject({ jid: v.nullable(v.string()), lid: v.nullable(v.string()), role: v.string() })),
});

export type GroupEvent = v.InferOutput<typeof EventSchema>;

/** What tests of groups do with a linked bed. */
export class GroupBed {
  readonly #linked: LinkedBed;

  constructor(linked: LinkedBed) {
    this.#linked = linked;
  }

  send({ jid }: Pick<Group, 'jid'>, body: object): Promise<Answer> {
    const { client, session } = this.#linked;
    return client.call('POST', `/sessions/${session}/messages`, { to: jid, type: 'text', ...body });
  }

  /** The id of a message that WhatsApp has taken. */
  async sent(group: Pick<Group, 'jid'>, body: object): Promise<string> {
    const answer = await this.send(group, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return v.parse(SendResultSchema, answer.body).waMessageId;
  }

  /** Waits until the members with these numbers, and no others, have decrypted a message, each on all devices. */
  async decrypted(id: string, devices: Record<string, number>): Promise<void> {
    const { ledger } = this.#linked.bed.simulator;
    await eventually(() => {
      const counts: Record<string, number> = {};
      for (const { to, ownCopy } of ledger.deliveries({ id })) if (!ownCopy) counts[to] = (counts[to] ?? 0) + 1;
      assert.deepEqual(counts, devices);
    });
  }

  get({ jid }: Pick<Group, 'jid'>, what = ''): Promise<Answer> {
    const { client, session } = this.#linked;
    return client.call('GET', `/sessions/${session}/groups/${encodeURIComponent(jid)}${what}`);
  }

  async members(group: Pick<Group, 'jid'>): Promise<v.InferOutput<typeof MembersSchema>['data']> {
    const answer = await this.get(group, '/members');
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return v.parse(MembersSchema, answer.body).data;
  }

  /** The queries for groups that a number has sent so far. */
  queries(account = own): StanzaEntry[] {
    const iqs = this.#linked.bed.simulator.ledger.stanzas({ direction: 'in', tag: 'iq', account });
    return iqs.filter(({ attrs }) => attrs['xmlns'] === 'w:g2');
  }

  events(query: string): Promise<SseClient> {
    const { bed, client } = this.#linked;
    return SseClient.open(`${bed.gateway.url}/api/v1/events${query}`, { authorization: `Bearer ${client.token}` });
  }
}

/** The events of a stream so far. */
export function eventsOf(stream: SseClient): GroupEvent[] {
  return stream.events.map(({ data }) => v.parse(EventSchema, JSON.parse(data ?? '')));
}

/** The first event that fits, past or future. */
export async function heard(stream: SseClient, fits: (event: GroupEvent) => boolean): Promise<GroupEvent> {
  await stream.untilThat(() => eventsOf(stream).some(fits));
  return eventsOf(stream).find(fits) ?? assert.fail();
}
