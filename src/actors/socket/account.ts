import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import { userOf, withoutDevice } from '../../domain/jid.ts';
import type { Account } from '../../domain/session.ts';

/** The account that linked credentials belong to. Throws on credentials that no phone has linked. */
export function accountOf(creds: AuthenticationCreds): Account {
  if (creds.me === undefined) throw new Error('these credentials belong to no account');
  const { id, lid } = creds.me;
  return { jid: withoutDevice(id), lid: lid === undefined ? null : withoutDevice(lid), phone: userOf(id) };
}
