import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import type { Capability, Principal } from '../domain/principal.ts';
import type { SessionAddress } from '../domain/session.ts';

/** A caller, the user of the phone, WhatsApp itself, or a command on the machine of the store. */
type Actor = Principal | 'phone' | 'whatsapp' | 'command';

/** An action on a session or a key, and its actor. `account` is a JID. */
type Act =
  | { audit: 'api_key.created'; by: Principal; apiKey: string; capabilities: readonly Capability[] }
  | { audit: 'api_key.revoked'; by: Principal; apiKey: string }
  | {
      audit: 'api_key.created';
      by: 'command';
      organization: string;
      apiKey: string;
      capabilities: readonly Capability[];
    }
  | { audit: 'api_key.revoked'; by: 'command'; organization: string; apiKey: string }
  | ({ audit: 'session.linked'; by: 'phone'; account: string } & SessionAddress)
  | ({ audit: 'session.logged_out'; by: Actor; reason: string | null } & SessionAddress)
  | ({ audit: 'session.deleted'; by: Principal } & SessionAddress);

/** Logs each action that cannot be undone or grants power, once it is done. */
export interface AuditLog {
  /** @param requestId of the request that asked for it, if one did */
  record(act: Act, requestId?: string): void;
}

/**
 * Writes to the log at every level but `silent`. People are pseudonymized by a hash keyed with `logKey`, which tells them
 * apart without identifying them.
 */
export function createAuditLog(logger: Logger, logKey: Uint8Array): AuditLog {
  const auditLogger = logger.child({}, { level: logger.level === 'silent' ? 'silent' : 'info' });
  const pseudonym = (name: string): string => createHmac('sha256', logKey).update(name).digest('hex').slice(0, 8);
  const actorOf = (by: Actor): { kind: string; id?: string } => {
    if (typeof by === 'string') return { kind: by };
    return { kind: by.kind, id: by.kind === 'login' ? pseudonym(by.subject) : by.subject };
  };
  return {
    record: ({ by, ...act }, requestId) => {
      const organization = typeof by === 'string' ? {} : { organization: by.organization };
      const account = 'account' in act ? { account: pseudonym(act.account) } : {};
      auditLogger.info({ ...organization, ...act, ...account, actor: actorOf(by), requestId }, 'audit');
    },
  };
}
