import type { Api, Exchange } from './api.ts';
import { pathOf } from './resources.ts';

/** A request that was made from the form, and what it was answered with. */
export interface SendReport extends Exchange {
  /** Counted from 1. */
  number: number;
  /** Epoch milliseconds of this computer. */
  at: number;
  method: string;
  path: string;
  type: string;
}

/** What the form asks for. */
export interface SendOrder {
  method: 'POST' | 'PATCH';
  /** Below the session. */
  path: string;
  body: object;
  /** The type of the message. */
  type: string;
  idempotencyKey: string | null;
}

/** Reports that are kept to be looked at. */
const maxKept = 5;

/** Sends what the form says, and keeps what came of it, newest first. */
export class SendReports {
  reports: readonly SendReport[] = [];
  /** The type of message that the form is for. */
  type = 'text';
  /** How many requests are on their way. */
  waiting = 0;
  #sent = 0;
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
  }

  choose(type: string): void {
    this.type = type;
    this.#changed();
  }

  async send({ method, path, body, type, idempotencyKey }: SendOrder): Promise<SendReport> {
    this.waiting += 1;
    this.#sent += 1;
    const number = this.#sent;
    this.#changed();
    const headers = idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey };
    const at = Date.now();
    const exchange = await this.#api.exchange(method, pathOf(this.#session, path), { body, headers });
    const report = { ...exchange, number, at, method, path, type };
    this.waiting -= 1;
    this.reports = [report, ...this.reports].slice(0, maxKept);
    this.#changed();
    return report;
  }
}
