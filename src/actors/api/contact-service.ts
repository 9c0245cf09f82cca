import type { Contact } from '../../domain/contact.ts';
import { done, type Outcome, refused } from '../../domain/errors.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { SessionRouter } from '../runtime/session-router.ts';
import { sessionNotFound } from '../session/refusals.ts';

/** People on WhatsApp, as a linked number sees them. A missing session is refused with `not_found`. */
export interface ContactService {
  /**
   * Whom WhatsApp finds under a phone number, given in digits; null when nobody has it. `unavailable`: WhatsApp refused the
   * look-up or did not answer it; `not_implemented`: not connected.
   */
  lookUp(address: SessionAddress, phone: string): Promise<Outcome<Contact | null>>;
}

export interface ContactServiceDeps {
  sessions: Pick<Sessions, 'find'>;
  router: Pick<SessionRouter, 'ask'>;
}

export function createContactService({ sessions, router }: ContactServiceDeps): ContactService {
  return {
    lookUp: async (address, phone) => {
      if ((await sessions.find(address)) === null) return refused(sessionNotFound);
      const action = { kind: 'lookUp', phone } as const;
      const outcome = await router.ask(address, { type: 'session.perform', requestId: newRequestId(), action });
      if (!outcome.ok) return outcome;
      if (outcome.value.kind !== 'lookedUp') throw new Error(`unexpected reply kind "${outcome.value.kind}" to lookUp`);
      return done(outcome.value.contact);
    },
  };
}
