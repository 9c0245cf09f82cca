import { type Simulator, type SimulatorOptions, startSimulator as start } from '../../../simulator/simulator.ts';

/**
 * Starts a simulator whose clients make few prekeys: 812 of them are a third of what it takes to link a number. Contacts can
 * be written to by number unless a test says otherwise: these tests use Baileys as it is, which resolves no number.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await start({ fewPreKeys: true, ...options });
  return { ...simulator, addContact: (contact) => simulator.addContact({ numbers: 'accepted', ...contact }) };
}
