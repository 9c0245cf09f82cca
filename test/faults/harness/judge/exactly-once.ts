import type { World } from '../../support/world.ts';
import type { Intent } from '../load/accepted-sends.ts';
import type { EventLog } from './event-log.ts';
import type { Verdicts } from './verdicts.ts';

/** What is looked at: the recipients. */
type Judged = Pick<World, 'simulator'>;

/** What became of some sends, counted at the recipient. */
interface Count {
  /** Accepted, and visible to nobody. */
  readonly lost: readonly string[];
  /** Visible more than once at a recipient that recognises an id. */
  readonly doubled: readonly string[];
  /** Copies beyond the first that reached the server, without those that a single device requested to decrypt it. */
  readonly copies: number;
  /** Messages with such copies of which no event said that there may be some. */
  readonly unflagged: readonly string[];
  /** Messages that came before one that was accepted earlier for the same session. */
  readonly outOfOrder: readonly string[];
}

/**
 * @param intents each text is used once
 * @param ordered those that must arrive in this order, within each session
 */
function count(world: Judged, events: EventLog, intents: readonly Intent[], ordered: readonly Intent[] = []): Count {
  const { ledger } = world.simulator;
  const flagged = events.flagged();
  const arrived = new Map<string, { id: string; seq: number }[]>();
  for (const { text = '', id, seq, ownCopy } of ledger.visible()) {
    if (!ownCopy) arrived.set(text, [...(arrived.get(text) ?? []), { id, seq }]);
  }
  // A message to a group is visible to each member.
  const ids = [...new Set([...arrived.values()].flat().map(({ id }) => id))];
  const copiesOf = (id: string) => {
    const { arrivals, resends } = ledger.tally(id);
    return arrivals - resends - 1;
  };
  const copied = ids.filter((id) => copiesOf(id) > 0);
  return {
    lost: intents
      .filter(({ outcome, text }) => outcome === 'accepted' && !arrived.has(text))
      .map(({ text, outboxId = '' }) => `${text}: ${outcomeOf(events, outboxId)}`),
    doubled: intents.filter(({ text }) => (arrived.get(text)?.length ?? 0) > 1).map(({ text }) => text),
    copies: copied.reduce((sum, id) => sum + copiesOf(id), 0),
    unflagged: copied.filter((id) => !flagged.has(id)),
    outOfOrder: outOfOrder(ordered, (text) => arrived.get(text)?.[0]?.seq),
  };
}

/** The status that the gateway reported last of a send. */
function outcomeOf(events: EventLog, outboxId: string): string {
  const told = events.statuses().get(outboxId) ?? [];
  const last = told.at(-1);
  return `${last?.status} ${last?.error?.code ?? ''} after ${told.filter(({ status }) => status === 'sending').length} attempts`;
}

function outOfOrder(intents: readonly Intent[], arrivalOf: (text: string) => number | undefined): string[] {
  const latest = new Map<string, number>();
  return intents.flatMap(({ session, text }) => {
    const seq = arrivalOf(text);
    if (seq === undefined) return [];
    const isLate = seq < (latest.get(session) ?? 0);
    latest.set(session, Math.max(seq, latest.get(session) ?? 0));
    return isLate ? [text] : [];
  });
}

interface Judging {
  world: Judged;
  events: EventLog;
  verdicts: Verdicts;
}

/** What was sent. */
export interface Sent {
  /** Each text is used once. */
  intents: readonly Intent[];
  /** Those that must arrive in this order, within each session. */
  ordered?: readonly Intent[];
  /** Each may cause one copy. */
  kills?: number;
}

/** Judges the promise of the outbox after so many kills; order and copies are judged where something is said of them. */
export function judgeExactlyOnce(judging: Judging, sent: Sent): void {
  judgeArrivals(judging, sent);
  judgeSignal(judging.world, judging.verdicts);
}

/** The same without how the encryption went. */
export function judgeArrivals({ world, events, verdicts }: Judging, { intents, ordered, kills }: Sent): void {
  const { lost, doubled, copies, unflagged, outOfOrder: late } = count(world, events, intents, ordered);
  const accepted = intents.filter(({ outcome }) => outcome === 'accepted').length;
  verdicts.judge('the ledger is complete', world.simulator.ledger.dropped === 0);
  verdicts.judge('nothing accepted is lost', lost.length === 0, `${lost.length} of ${accepted} lost ${sample(lost)}`);
  verdicts.judge('nothing is visible twice', doubled.length === 0, `${doubled.length} doubled ${sample(doubled)}`);
  if (ordered !== undefined) {
    verdicts.judge('each session keeps its order', late.length === 0, `${late.length} out of order ${sample(late)}`);
  }
  if (kills !== undefined) {
    verdicts.judge('no more copies than kills', copies <= kills, `${copies} copies, ${kills} kills`);
  }
  verdicts.judge('every copy is flagged', unflagged.length === 0, `${unflagged.length} unflagged ${sample(unflagged)}`);
}

/** Judges what was told of the sends. */
export function judgeStatuses(events: EventLog, intents: readonly Intent[], verdicts: Verdicts): void {
  const statuses = events.statuses();
  const accepted = intents.filter(({ outcome }) => outcome === 'accepted');
  const told = (outboxId = '') => statuses.get(outboxId)?.filter(({ status }) => status === 'sent').length ?? 0;
  const wrong = accepted.filter(({ outboxId }) => told(outboxId) !== 1);
  verdicts.judge('each accepted send has one event that says "sent"', wrong.length === 0, `${wrong.length} have not`);
  const gaps = events.events().filter(({ event }) => event === 'stream.gap').length;
  verdicts.judge('the event stream has no gap', gaps === 0, `${gaps} gaps`);
}

/** Judges how the encryption went. */
export function judgeSignal(world: Judged, verdicts: Verdicts): void {
  const { undecryptable, askedByClients, askedByDevices, reusedKeys } = world.simulator.ledger.signal;
  const asked = askedByClients + askedByDevices;
  verdicts.judge('everything can be decrypted at once', undecryptable === 0, `${undecryptable} undecryptable`);
  verdicts.judge('nobody has to ask for a message again', asked === 0, `${asked} retry receipts`);
  verdicts.judge('no Signal key encrypts twice', reusedKeys === 0, `${reusedKeys} keys used again`);
}

function sample(names: readonly string[]): string {
  return names.length === 0 ? '' : `(${names.slice(0, 5).join(', ')})`;
}
