import { BufferJSON } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { SimulatorError } from '../errors.ts';
import type { KeyPair } from '../wire/keys.ts';
import { type AccountState, type GroupsState, type State, StateSchema } from './schema.ts';

/** The parts of a simulated WhatsApp that are saved. */
interface Source {
  readonly identity: { readonly root: KeyPair };
  readonly directory: { readonly accounts: readonly { state(): AccountState }[] };
  readonly groups: { state(): GroupsState };
  readonly usedKeys: { state(): State['usedKeys'] };
}

/** The state of a simulated WhatsApp as JSON. */
export function saveState(source: Source, contacts: readonly { readonly phone: string }[]): string {
  const { identity, directory, groups, usedKeys } = source;
  const state: State = {
    version: 1,
    root: identity.root,
    accounts: directory.accounts.map((account) => account.state()),
    contacts: contacts.map(({ phone }) => phone),
    groups: groups.state(),
    usedKeys: usedKeys.state(),
  };
  return JSON.stringify(state, BufferJSON.replacer);
}

/** Reads what `saveState` wrote. Throws `validation_error` when the text is not a saved state. */
export function readState(text: string): State {
  try {
    return v.parse(StateSchema, JSON.parse(text, BufferJSON.reviver));
  } catch (cause) {
    throw new SimulatorError('validation_error', 'this is not a saved simulator state', { cause });
  }
}
