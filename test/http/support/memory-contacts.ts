import type { ContactService } from '../../../src/actors/api/contact-service.ts';
import type { Contact } from '../../../src/domain/contact.ts';
import { done, type Outcome, type Refusal, refused } from '../../../src/domain/errors.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import type { MemoryRegistry } from './memory-sessions.ts';

/** People that are kept in memory and follow the rules of the port, under the digits with which they are looked up. */
export class MemoryContacts implements ContactService {
  readonly people = new Map<string, Contact>();
  /** In place of an answer of WhatsApp. */
  refusal: Refusal | null = null;
  readonly #sessions: MemoryRegistry;

  constructor(sessions: MemoryRegistry) {
    this.#sessions = sessions;
  }

  async lookUp(address: SessionAddress, phone: string): Promise<Outcome<Contact | null>> {
    const view = await this.#sessions.find(address);
    if (view?.state.status !== 'connected') {
      const details = { reason: 'session_not_connected', status: view?.state.status ?? null };
      return refused({ code: 'not_implemented', message: 'the session is not connected', details });
    }
    return this.refusal === null ? done(this.people.get(phone) ?? null) : refused(this.refusal);
  }
}
