import { type Printed, runCommand } from './command.ts';

/** Runs `troupe master-key rotate` with these settings. */
export function runMasterKey(settings: NodeJS.ProcessEnv, parameters = ['rotate']): Promise<Printed> {
  return runCommand('master-key', parameters, settings);
}
