import * as v from 'valibot';
import { isFurther, isSettled, type OutboxRow, OutboxRowSchema } from '../../../src/domain/outbox.ts';
import type { Commit, Key } from '../../../src/store/contract.ts';
import { textOf } from '../faults/faulty-line.ts';
import type { Trace } from '../trace.ts';
import type { WhatsApp } from '../world/whatsapp.ts';
import type { Verdict } from './coverage.ts';

const decoder = new TextDecoder();

const StatusEventSchema = v.object({
  event: v.literal('message.status'),
  payload: v.object({
    outboxId: v.string(),
    status: OutboxRowSchema.entries.status,
    error: v.optional(v.object({ code: v.string() })),
    possibleDuplicate: v.optional(v.boolean()),
  }),
});

type StatusEvent = v.InferOutput<typeof StatusEventSchema>['payload'];

/** A send as the store has it, and what readers of events were told of it. */
export interface LedgerEntry {
  row: OutboxRow;
  events: StatusEvent[];
  /** Times that it was handed to a socket. */
  handed: number;
}

/** Reads along with every commit: what the store holds of each send, checked as it changes. */
export class SendLedger {
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #byMessage = new Map<string, LedgerEntry>();
  readonly #flights = new Map<string, string>();
  readonly #queued = new Map<string, Set<string>>();
  readonly #deps: { verdict: Verdict; trace: Trace; whatsapp: WhatsApp };

  constructor(deps: { verdict: Verdict; trace: Trace; whatsapp: WhatsApp }) {
    this.#deps = deps;
  }

  entries(): Iterable<LedgerEntry> {
    return this.#entries.values();
  }

  entryOf(outboxId: string): LedgerEntry | undefined {
    return this.#entries.get(outboxId);
  }

  entryOfMessage(waMessageId: string): LedgerEntry | undefined {
    return this.#byMessage.get(waMessageId);
  }

  /** The send that a session has in flight. */
  inFlight(session: string): LedgerEntry | undefined {
    const id = this.#flights.get(session);
    return id === undefined ? undefined : this.#entries.get(id);
  }

  queued(session: string): ReadonlySet<string> {
    return this.#queued.get(session) ?? new Set();
  }

  /** To be called with every commit at the moment it is applied. */
  readonly note = ({ sets = [], deletes = [], appends = [] }: Commit): void => {
    const told = appends.map(({ value }) => statusEventOf(value)).filter((event) => event !== null);
    for (const key of deletes) this.#noteDelete(key);
    for (const { key, value } of sets) this.#noteSet(key, value, told);
    for (const event of told) this.#noteEvent(event);
  };

  #noteDelete([, kind, session = '', id = '']: Key): void {
    if (kind === 'in-flight') this.#flights.delete(session);
    if (kind === 'queue') this.#queued.get(session)?.delete(id);
  }

  #noteSet([, kind, session = '', id = '']: Key, value: Uint8Array, told: readonly StatusEvent[]): void {
    if (kind === 'in-flight') this.#flights.set(session, decoder.decode(value));
    if (kind === 'queue') this.#queued.set(session, (this.#queued.get(session) ?? new Set()).add(id));
    if (kind === 'outbox') this.#noteRow(v.parse(OutboxRowSchema, JSON.parse(decoder.decode(value))), told);
  }

  #noteRow(row: OutboxRow, told: readonly StatusEvent[]): void {
    const { verdict, trace, whatsapp } = this.#deps;
    const name = `${textOf(row.content)} (${row.id})`;
    const entry = this.#entries.get(row.id);
    const isNews = entry?.row.status !== row.status || entry.row.attempts !== row.attempts;
    if (isNews) trace.write(`store: ${name} ${row.waMessageId} is ${row.status}, attempt ${row.attempts}`);
    verdict.require(
      !isNews || told.some(({ outboxId, status }) => outboxId === row.id && status === row.status),
      () => `${name} became ${row.status} without an event in the same commit`,
    );
    verdict.require(
      entry === undefined || entry.row.waMessageId === row.waMessageId,
      () => `${name} got another WhatsApp id`,
    );
    const isFinal = entry !== undefined && isSettled(entry.row);
    const isAllowed = !isFinal || entry.row.status === row.status || isFurther(row.status, entry.row.status);
    verdict.require(isAllowed, () => `${name} went back from ${entry?.row.status} to ${row.status}`);
    const isFalse =
      row.status === 'failed' && row.error?.code !== 'unknown_outcome' && whatsapp.copiesOf(row.waMessageId) > 0;
    verdict.require(!isFalse, () => `${name} is told to have failed (${row.error?.code}) but was taken`);
    const next = { row, events: entry?.events ?? [], handed: entry?.handed ?? 0 };
    this.#entries.set(row.id, next);
    this.#byMessage.set(row.waMessageId, next);
  }

  #noteEvent(event: StatusEvent): void {
    const entry = this.#entries.get(event.outboxId);
    const { verdict } = this.#deps;
    if (entry === undefined) {
      verdict.violate(`an event tells of ${event.outboxId}, which is not stored`);
      return;
    }
    const last = entry.events.at(-1);
    const isRepeat = event.possibleDuplicate === true && last?.status === 'sending';
    const isNext = last === undefined || isRepeat || (last.status !== 'failed' && isFurther(event.status, last.status));
    const name = textOf(entry.row.content);
    verdict.require(isNext, () => `the events of ${name} go from ${last?.status} to ${event.status}`);
    entry.events.push(event);
  }
}

function statusEventOf(value: Uint8Array): StatusEvent | null {
  const parsed = v.safeParse(StatusEventSchema, JSON.parse(decoder.decode(value)));
  return parsed.success ? parsed.output.payload : null;
}
