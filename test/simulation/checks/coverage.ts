/** What a run has found wrong, and what it has come through. */
export class Verdict {
  readonly violations: string[] = [];
  /** How often each thing happened that a set of runs must have come through. */
  readonly sightings = new Map<Sight, number>();

  /** Notes what is wrong; the run ends with it. */
  violate(sentence: string): void {
    this.violations.push(sentence);
  }

  require(isTrue: boolean, sentence: () => string): void {
    if (!isTrue) this.violate(sentence());
  }

  see(sight: Sight): void {
    this.sightings.set(sight, (this.sightings.get(sight) ?? 0) + 1);
  }
}

/** What some run of many must come through: what never happens is not tested. */
export const sights = [
  'crash before begin',
  'crash between begin and wire',
  'crash between wire and acknowledgement',
  'crash between acknowledgement and result',
  'crash between result and answer',
  'crash with nothing in flight',
  'shutdown',
  'store error, not applied',
  'store error, applied all the same',
  'store outage',
  'clock jump',
  'resend',
  'copy taken twice under one id',
  'attempts used up',
  'unknown outcome',
  'refused by WhatsApp',
  'settled by a receipt',
  'joined or replayed',
  'refused again under its key',
  'rate limited',
  'queue full',
  'cancelled',
  'edited',
  'account changed',
  'logged out',
  'stopped',
  'caller gave up',
] as const;

export type Sight = (typeof sights)[number];
