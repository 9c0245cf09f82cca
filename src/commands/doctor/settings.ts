import { type Config, settingNames } from '../../config.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Read by commands only. */
const otherNames = ['MASTER_KEY_NEXT'];

/** Whether the settings are valid (`fault` says why not), and whether a name looks like a misspelt setting. */
export function checkSettings(environment: NodeJS.ProcessEnv, config: Config | null, fault: string): Finding {
  if (config === null)
    return failed(fault, 'Fix them in the environment of the gateway; docs/configuration.md lists them.');
  const known = new Set([...settingNames, ...otherNames]);
  const misspelt = Object.keys(environment)
    .filter((name) => !known.has(name))
    .flatMap((name) =>
      settingNames.filter((setting) => isLike(name, setting)).map((setting) => `${name} (${setting}?)`),
    );
  if (misspelt.length > 0) {
    return warning(
      `unknown settings: ${misspelt.join(', ')}`,
      'Correct the name or remove it from the environment; docs/configuration.md lists the settings.',
    );
  }
  if (config.whatsappUrl !== undefined) {
    return warning('WHATSAPP_URL is set: the gateway talks to a simulator', 'Unset it to talk to WhatsApp.');
  }
  return ok('settings are valid');
}

/** Short names resemble too many others. */
function isLike(name: string, setting: string): boolean {
  return distance(name.toUpperCase(), setting) <= (setting.length < 6 ? 1 : 2);
}

/** The Levenshtein distance of two words. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, otherLetter] of [...other].entries()) {
      const replaced = (row[at] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
