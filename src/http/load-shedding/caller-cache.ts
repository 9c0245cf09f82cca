import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { credentialOf } from '../request/credential.ts';

const maxRemembered = 10_000;

/** Whoever has not been let in lately, all of them together; no organization has such a name. */
const stranger = ' stranger';

/** Questions of browsers whether a page may ask, which bring no credential. */
const preflight = ' preflight';

/**
 * Whom a request probably counts for, told from its headers alone: what the same credential was let in as last time.
 * Lets nobody in: it only says among whom there is to be a choice before there is time to find out.
 */
export class CallerCache {
  readonly #organizations = new LRUCache<string, string>({ max: maxRemembered });

  remember(request: IncomingMessage, organization: string): void {
    const key = keyOf(request);
    if (key !== null) this.#organizations.set(key, organization);
  }

  nameOf(request: IncomingMessage): string {
    if (request.method === 'OPTIONS') return preflight;
    return this.#organizationOf(request) ?? stranger;
  }

  isKnown(request: IncomingMessage): boolean {
    return this.#organizationOf(request) !== undefined;
  }

  #organizationOf(request: IncomingMessage): string | undefined {
    const key = keyOf(request);
    return key === null ? undefined : this.#organizations.get(key);
  }
}

/** A hash, so that no credential is kept. */
function keyOf({ headers }: IncomingMessage): string | null {
  const credential = credentialOf(headers);
  return credential === null ? null : hash('sha256', credential, 'base64');
}
