import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';

/** How often an answer that is still to come is asked for. */
const intervalMs = 100;

const RefusalSchema = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

/** An answer that is not the one that was hoped for. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(request: string, status: number, body: unknown) {
    const { success, output } = v.safeParse(RefusalSchema, body);
    super(`${request} was answered with ${status}${success ? `: ${output.error.code}, ${output.error.message}` : ''}`);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** A program that uses the gateway over HTTP, as any other would. */
export class Caller {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  /** @param signal ends everything that is still waited for */
  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  /** The body of a success, read with `schema`; throws a {@link RefusedError} for any other answer. */
  async call<const S extends v.GenericSchema>(
    method: 'GET' | 'POST',
    path: string,
    schema: S,
    body?: object,
  ): Promise<v.InferOutput<S>> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      signal: this.#signal,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new RefusedError(`${method} ${path}`, response.status, answer);
    return v.parse(schema, answer);
  }

  /** Asks again until `look` yields something. */
  async until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(intervalMs, undefined, { signal: this.#signal });
    }
  }
}
