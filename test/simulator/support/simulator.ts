import { type Simulator, type SimulatorOptions, startSimulator as start } from '../../../simulator/simulator.ts';

/** Starts a simulator whose clients make few prekeys: 812 of them are a third of what it takes to link a number. */
export function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return start({ fewPreKeys: true, ...options });
}
