import type { Api, Exchange } from './api.ts';
import { pathOf } from './resources.ts';

/** A request from the form, and its response. */
export interface SendReport extends Exchange {
  /** Counted from 1. */
  number: number;
  /** Epoch milliseconds of this computer. */
  at: number;
  method: string;
  path: string;
  type: string;
}

/** A request that the form makes. */
export interface SendRequest {
  method: 'POST' | 'PATCH';
  /** Relative to the session. */
  path: string;
  body: object;
  /** The type of the message. */
  type: string;
  idempotencyKey: string | null;
}

const maxReports = 5;

/** Makes the form's requests, and keeps their reports, newest first. */
export class SendReports {
  reports: readonly SendReport[] = [];
  /** The selected type of message. */
  type = 'text';
  /** How many requests are in flight. */
  inFlight = 0;
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

  async send({ method, path, body, type, idempotencyKey }: SendRequest): Promise<SendReport> {
    this.inFlight += 1;
    this.#sent += 1;
    const number = this.#sent;
    this.#changed();
    const headers = idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey };
    const at = Date.now();
    const exchange = await this.#api.exchange(method, pathOf(this.#session, path), { body, headers });
    const report = { ...exchange, number, at, method, path, type };
    this.inFlight -= 1;
    this.reports = [report, ...this.reports].slice(0, maxReports);
    this.#changed();
    return report;
  }
}
