import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const maxRemembered = 10_000;

/** Whoever has not been let in lately, all of them together. */
const stranger = '';

/**
 * Whom a request probably counts for, told from its headers alone: what the same credential was let in as last time.
 * Lets nobody in: it only says among whom there is to be a choice before there is time to find out.
 */
export class Callers {
  readonly #organizations = new Map<string, string>();

  remember(headers: IncomingHttpHeaders, organization: string): void {
    const key = keyOf(headers);
    if (key === null) return;
    this.#organizations.delete(key);
    this.#organizations.set(key, organization);
    const [oldest] = this.#organizations.keys();
    if (this.#organizations.size > maxRemembered && oldest !== undefined) this.#organizations.delete(oldest);
  }

  nameOf(headers: IncomingHttpHeaders): string {
    const key = keyOf(headers);
    return (key === null ? undefined : this.#organizations.get(key)) ?? stranger;
  }
}

/** A hash, so that no credential is kept. */
function keyOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  const given = authorization ?? apiKey;
  return typeof given === 'string' ? hash('sha256', given, 'base64') : null;
}
