import assert from 'node:assert/strict';
import type { StanzaEntry } from '../../../../simulator/ledger/entries.ts';
import type { Simulator } from '../../../../simulator/simulator.ts';
import { eventually } from '../../../support/eventually.ts';
import type { Intent } from '../load/accepted-sends.ts';
import type { Cast, Member } from '../load/cast.ts';
import type { Stage } from '../stages.ts';
import type { EventLog } from './event-log.ts';
import type { Verdicts } from './verdicts.ts';
import { waitSettled } from './wait-settled.ts';

/** A message that a contact wrote. `chat`: the number of the session, or the group. */
interface Written {
  readonly id: string;
  readonly member: Member;
  readonly chat: string;
}

/** What a session and a cast of contacts said to each other. */
export interface TwoWay {
  readonly cast: Cast;
  /** Each text is used once. */
  readonly intents: Intent[];
  readonly written: Written[];
}

type Judged = Pick<Stage, 'simulator' | 'events'>;

const patienceMs = 60_000;

/** A reinstalled device asks for what was encrypted for its predecessor, until the client has its new keys. */
const asksPerReinstall = 8;

/** Resolves when everything has arrived, or has had time enough. */
export async function untilTold(stage: Stage, talk: TwoWay): Promise<void> {
  await waitSettled(stage, stage.events, stage.sessions);
  await eventually(() => {
    assert.deepEqual(missingOf(stage.simulator, talk), []);
    assert.deepEqual(untold(stage.events, talk), []);
  }, patienceMs).catch(() => undefined);
}

/** Judges what both sides got of each other. */
export function judgeTwoWay(stage: Judged, talk: TwoWay, verdicts: Verdicts): void {
  judgeSent(stage, talk, verdicts);
  judgeReceived(stage.events, talk, verdicts);
  judgeEncryption(stage.simulator, talk.cast, verdicts);
}

function judgeSent({ simulator, events }: Judged, talk: TwoWay, verdicts: Verdicts): void {
  const none = (what: string, found: readonly string[], of: number): void =>
    verdicts.judge(what, found.length === 0, `${found.length} of ${of} ${found.slice(0, 5).join(', ')}`);
  const accepted = talk.intents.filter(({ outcome }) => outcome === 'accepted');
  verdicts.judge('the ledger is complete', simulator.ledger.dropped === 0);
  none('every send is accepted', textsWithout(talk.intents, accepted), talk.intents.length);
  none('every send reaches each device that has keys', missingOf(simulator, talk), accepted.length);
  none('no send is visible twice', doubledOf(simulator, talk), accepted.length);
  none('the session keeps the order of its sends', outOfOrder({ simulator, events }, accepted), accepted.length);
}

function textsWithout(all: readonly Intent[], some: readonly Intent[]): string[] {
  return all.filter((intent) => !some.includes(intent)).map(({ text }) => text);
}

/** A device for each text that it has not decrypted. */
function missingOf(simulator: Simulator, { cast, intents }: TwoWay): string[] {
  const got = new Set(simulator.ledger.deliveries().map(({ text, to, device }) => `${text} at ${to}:${device}`));
  return intents.flatMap(({ text, to }) =>
    cast.members
      .filter((member) => to === cast.group.jid || to === member.to)
      .flatMap(({ contact, reachable }) => reachable.map((device) => `${text} at ${contact.phone}:${device}`))
      .filter((wanted) => !got.has(wanted)),
  );
}

/** Texts that some contact sees more than once, as copies of one message have one id. */
function doubledOf(simulator: Simulator, { intents }: TwoWay): string[] {
  const seen = new Map<string, number>();
  for (const { text = '', to, ownCopy } of simulator.ledger.visible()) {
    if (!ownCopy) seen.set(`${text} at ${to}`, (seen.get(`${text} at ${to}`) ?? 0) + 1);
  }
  const texts = new Set(intents.map(({ text }) => text));
  return [...seen]
    .filter(([name, count]) => count > 1 && texts.has(name.slice(0, name.indexOf(' at '))))
    .map(([name]) => name);
}

/** Sends that came to the server before an earlier one. */
function outOfOrder({ simulator, events }: Judged, intents: readonly Intent[]): string[] {
  const statuses = events.statuses();
  let latest = 0;
  return intents.flatMap(({ text, outboxId = '' }) => {
    const id = statuses.get(outboxId)?.[0]?.waMessageId ?? '';
    const arrival = simulator.ledger
      .stanzas({ id })
      .find(({ tag, direction }) => tag === 'message' && direction === 'in');
    const seq = arrival?.seq ?? 0;
    const isLate = seq < latest;
    latest = Math.max(latest, seq);
    return isLate ? [text] : [];
  });
}

interface Told {
  readonly id: string;
  readonly chat: string;
  readonly sender: string;
}

function toldIn(events: EventLog): Told[] {
  return events.events().flatMap(({ event, payload }) => {
    if (event !== 'message' || payload['fromMe'] === true) return [];
    return [
      {
        id: String(payload['waMessageId']),
        chat: String(payload['chatJid']),
        sender: String(payload['senderJid']),
      },
    ];
  });
}

function untold(events: EventLog, { written }: TwoWay): string[] {
  const told = new Set(toldIn(events).map(({ id }) => id));
  return written.filter(({ id }) => !told.has(id)).map(nameOf);
}

function nameOf({ id, member, chat }: Written): string {
  return `${id} of ${member.kind} to ${chat}`;
}

function judgeReceived(events: EventLog, talk: TwoWay, verdicts: Verdicts): void {
  const told = toldIn(events);
  const lost = untold(events, talk);
  const total = talk.written.length;
  verdicts.judge('every message is told', lost.length === 0, `${lost.length} of ${total} lost ${sample(lost)}`);
  const counts = new Map<string, number>();
  for (const { id } of told) counts.set(id, (counts.get(id) ?? 0) + 1);
  const doubled = talk.written.filter(({ id }) => (counts.get(id) ?? 0) > 1).map(nameOf);
  verdicts.judge('no message is told twice', doubled.length === 0, `${doubled.length} doubled ${sample(doubled)}`);
  const strange = told.length - [...counts.keys()].filter((id) => talk.written.some((one) => one.id === id)).length;
  verdicts.judge('nothing else is told', strange === doubled.length, `${strange} others`);
  judgePeople(told, talk, verdicts);
  judgeOrderTold(told, talk, verdicts);
}

/** One person is one chat, and the same sender in the group. */
function judgePeople(told: readonly Told[], { cast, written }: TwoWay, verdicts: Verdicts): void {
  const wrong = cast.members.flatMap((member) => {
    const ids = new Map(written.filter((one) => one.member === member).map(({ id, chat }) => [id, chat]));
    const mine = told.filter(({ id }) => ids.has(id));
    const names = new Set(mine.flatMap(({ chat, sender }) => (chat === cast.group.jid ? [sender] : [chat, sender])));
    return names.size === 1 && names.has(member.to) ? [] : [`${member.kind}: ${[...names].join(' ')}`];
  });
  verdicts.judge('each person is one chat and one sender', wrong.length === 0, sample(wrong));
}

/** What one contact wrote to one chat, unless it began anew: then some of it had to be asked for again. */
function judgeOrderTold(told: readonly Told[], { cast, written }: TwoWay, verdicts: Verdicts): void {
  const place = new Map(told.map(({ id }, index) => [id, index]));
  const late = cast.members.flatMap((member) =>
    [true, false].flatMap((isGroup) => {
      const mine = written.filter((one) => one.member === member && (one.chat === cast.group.jid) === isGroup);
      const places = mine.map(({ id }) => place.get(id) ?? -1).filter((index) => index >= 0);
      const isLate = member.reinstall === undefined && places.some((index, at) => index < (places[at - 1] ?? -1));
      return isLate ? [`${member.kind} ${isGroup ? 'to the group' : ''}`] : [];
    }),
  );
  verdicts.judge('each contact is told in its order', late.length === 0, sample(late));
}

/** Judges how the encryption went, apart for the contacts that began anew. */
function judgeEncryption({ ledger }: Simulator, cast: Cast, verdicts: Verdicts): void {
  const anew = cast.members.filter(({ reinstall }) => reinstall !== undefined).map(({ contact }) => contact);
  const isAnew = (address: string): boolean =>
    anew.some(({ phone, lid }) => address === phone || address.startsWith(`${phone}@`) || address.startsWith(lid));
  const failures = ledger.entries.flatMap((entry) => (entry.kind === 'undecryptable' ? [entry] : []));
  const asked = ledger.stanzas({ direction: 'in', tag: 'receipt' }).filter(({ attrs }) => attrs['type'] === 'retry');
  const [ours, theirs] = [failures.filter(({ to }) => !isAnew(to)), failures.filter(({ to }) => isAnew(to))];
  verdicts.judge(
    'all others decrypt everything at once',
    ours.length === 0,
    `${ours.length} cannot ${sample(ours.map(({ id, to, reason }) => `${id} at ${to}: ${reason}`))}`,
  );
  const most = asksPerReinstall * anew.length;
  verdicts.judge('reinstalled contacts ask for little', theirs.length <= most, `${theirs.length}, at most ${most}`);
  const [plain, explained] = [
    asked.filter((receipt) => !isAnew(authorOf(receipt))),
    asked.filter((receipt) => isAnew(authorOf(receipt))),
  ];
  verdicts.judge(
    'no other contact is asked again',
    plain.length === 0,
    `${plain.length} ${sample(plain.map(({ id = '', attrs }) => `${id} ${JSON.stringify(attrs)}`))}`,
  );
  verdicts.judge(
    'reinstalled contacts are asked for little',
    explained.length <= most,
    `${explained.length}, at most ${most}`,
  );
  const { reusedKeys } = ledger.signal;
  verdicts.judge('no Signal key encrypts twice', reusedKeys === 0, `${reusedKeys} keys used again`);
}

/** Whom a retry receipt asks. */
function authorOf({ attrs }: StanzaEntry): string {
  return attrs['participant'] ?? attrs['to'] ?? '';
}

function sample(names: readonly string[]): string {
  return names.slice(0, 5).join(', ');
}
