import { isLid, userOf } from '../../../domain/jid.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Credentials } from '../../../store/records/sessions/credentials.ts';
import { SignalKeyStore } from './signal-key-store.ts';

/** Those of some people whose privacy token a session has: they let the number write to them. */
export async function tokenHolders(
  credentials: Pick<Credentials, 'load'>,
  address: SessionAddress,
  jids: readonly string[],
): Promise<ReadonlySet<string>> {
  const identity = jids.length === 0 ? null : await credentials.load(address);
  if (identity === null) return new Set();
  const keys = new SignalKeyStore(identity, () => undefined);
  const lids = await keys.get('lid-mapping', jids.filter((jid) => !isLid(jid)).map(userOf));
  const namesOf = (jid: string): string[] => {
    const lid = isLid(jid) ? undefined : lids[userOf(jid)];
    return lid === undefined ? [jid] : [jid, `${lid}@lid`];
  };
  const tokens = await keys.get('tctoken', jids.flatMap(namesOf));
  return new Set(jids.filter((jid) => namesOf(jid).some((name) => (tokens[name]?.token.length ?? 0) > 0)));
}
