import { BufferJSON } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { SimulatorError } from '../errors.ts';
import type { Network } from '../network.ts';
import { type State, StateSchema } from './schema.ts';

/** What the simulated WhatsApp remembers, as JSON. */
export function saveState(network: Network, contacts: readonly { readonly phone: string }[]): string {
  const { identity, directory, groups, usedKeys } = network;
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

/** Reads what `saveState` wrote. Throws `validation_error` when it is nothing of the kind. */
export function readState(text: string): State {
  try {
    return v.parse(StateSchema, JSON.parse(text, BufferJSON.reviver));
  } catch (cause) {
    throw new SimulatorError('validation_error', 'this is no saved state of a simulator', { cause });
  }
}
