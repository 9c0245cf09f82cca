import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { credentialOf } from '../request/credential.ts';

const maxEntries = 10_000;

/** Shared by all requests of unknown callers; the space keeps it apart from every organization. */
const unknownCaller = ' unknown';

/** CORS preflights, which carry no credential. */
const preflight = ' preflight';

/**
 * Best guess of a request's organization from the last successful use of the same credential. It authenticates nobody:
 * it only decides what to shed before there is time to check the credential.
 */
export class CallerCache {
  readonly #organizations = new LRUCache<string, string>({ max: maxEntries });

  remember(request: IncomingMessage, organization: string): void {
    const key = keyOf(request);
    if (key !== null) this.#organizations.set(key, organization);
  }

  nameOf(request: IncomingMessage): string {
    if (request.method === 'OPTIONS') return preflight;
    return this.#organizationOf(request) ?? unknownCaller;
  }

  isKnown(request: IncomingMessage): boolean {
    return this.#organizationOf(request) !== undefined;
  }

  #organizationOf(request: IncomingMessage): string | undefined {
    const key = keyOf(request);
    return key === null ? undefined : this.#organizations.get(key);
  }
}

/** A hash, so that no credential stays in memory. */
function keyOf({ headers }: IncomingMessage): string | null {
  const credential = credentialOf(headers);
  return credential === null ? null : hash('sha256', credential, 'base64');
}
