import type { Simulator } from '../../../simulator/simulator.ts';
import { SseClient } from '../../http/support/sse.ts';
import type { Client } from '../../support/gateway/client.ts';
import type { Story } from './fixture.ts';
import { accepted, cutOff, inDoubt, read, text } from './sends.ts';
import { linkedSessions, phones, rested, sessionsOf } from './sessions.ts';

/** Who plays along. */
export interface Stage {
  readonly simulator: Simulator;
  /** Of one organization, at the node that has its sessions. */
  readonly first: Client;
  /** Of the same, by way of another node if there is one. */
  readonly distant: Client;
  /** Of another organization, at that other node. */
  readonly second: Client;
  /** Where `first` and `second` ask. */
  readonly urls: { readonly first: string; readonly second: string };
  /** Kills the node that `second` asks if that is another than the one that `first` does. */
  readonly kill: () => Promise<void>;
}

/** Has a release store one of everything. Resolves with what must hold later. */
export async function play(stage: Stage): Promise<Story> {
  const { simulator, first, distant, second, urls, kill } = stage;
  const ada = simulator.addContact({ phone: '6281234567890', name: 'Ada' });
  const bob = simulator.addContact({ phone: '6281234567891', name: 'Bob', devices: 1 });
  const ids = await linkedSessions(stage);
  const { jid: group } = simulator.addGroup({ subject: 'Team', participants: [ada.phone, bob.phone, phones.running] });
  await using stream = await SseClient.open(`${urls.first}/api/v1/events`, { authorization: `Bearer ${first.token}` });
  const quoted = await heard(stream, await ada.sendText(phones.running, 'received by the first'));
  const timed = { extendedTextMessage: { text: 'disappears', contextInfo: { expiration: 86_400 } } };
  await heard(stream, await ada.send(phones.running, timed));
  const received = [
    { session: ids.running, chat: ada.jid, waMessageId: quoted },
    { session: ids.running, chat: group, waMessageId: await heard(stream, await bob.sendText(group, 'received')) },
  ];
  const after = stream.lastEventId;

  const running = { client: first, session: ids.running };
  const other = { client: second, session: ids.second };
  const settled = [
    await read({ ...running, to: ada.jid, body: text('settled'), key: 'settled-1' }),
    await read({ ...running, client: distant, to: bob.jid, body: text('settled at another node'), key: 'settled-2' }),
    await read({ ...running, to: group, body: text('settled in a group') }),
    await read({ ...other, to: ada.jid, body: text('settled for another organization'), key: 'settled-1' }),
  ];
  const stopped = { client: first, session: ids.stopped, to: ada.jid };
  await rested(stage, ids);
  const waiting = [
    await accepted({ ...stopped, body: text('while stopped'), key: 'waiting-1' }),
    await accepted({ ...stopped, body: { type: 'location', latitude: 52.5, longitude: 13.4, name: 'Here' } }),
    await accepted({ ...stopped, body: { type: 'contact', contact: { name: 'Cleo', phone: '6281234567892' } } }),
    await accepted({ ...stopped, body: { type: 'poll', name: 'When?', options: ['now', 'later'] } }),
    await inDoubt({ ...running, to: bob.jid, body: text('in doubt') }, simulator),
  ];
  await cutOff([running, other], simulator);
  const sessions = await sessionsOf(stage, ids);
  await kill();
  waiting.push(
    await accepted({ ...running, to: ada.jid, body: { ...text('a reply'), replyTo: quoted }, key: 'waiting-2' }),
    await accepted({ ...running, to: group, body: text('to the group') }),
  );
  const events = stream.events.map(({ id = '' }) => id);
  return {
    sessions,
    settled,
    waiting,
    received,
    group,
    events: { after, ids: events.slice(events.indexOf(after) + 1) },
  };
}

/** Resolves with the id of a message once the stream has told of it. */
async function heard(stream: SseClient, waMessageId: string): Promise<string> {
  await stream.untilThat(() => stream.events.some(({ data }) => data?.includes(waMessageId) === true));
  return waMessageId;
}
