import { type Finding, failed, ok } from './finding.ts';

const leastMajor = 24;

/** Whether this version of Node can run the gateway. */
export function checkNode(version: string): Finding {
  if (Number.parseInt(version.replace('v', ''), 10) >= leastMajor) return ok(version);
  return failed(`${version} is too old`, `Use Node ${leastMajor} or newer; bin/node finds the one that npm installed.`);
}
