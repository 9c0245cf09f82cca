import type { BalancedCluster } from '../../support/cluster.ts';
import type { Verdicts } from '../judge/verdicts.ts';
import { type ClusterLoad, type LoadRequest, sampleOf } from './cluster-load.ts';

/** Judges that a send that was refused has not happened: nobody has asked for it again. */
export function judgeRefused({ simulator }: BalancedCluster, { intents }: ClusterLoad, verdicts: Verdicts): void {
  const seen = new Set(simulator.ledger.visible().map(({ text }) => text));
  const refused = intents.filter(({ outcome }) => outcome === 'refused');
  const executed = refused.filter(({ text }) => seen.has(text)).map(({ text }) => text);
  const figures = `${executed.length} of ${refused.length} were ${executed.slice(0, 5).join(', ')}`;
  verdicts.judge('nothing is sent that was answered as not sent', executed.length === 0, figures);
}

/** Judges what callers were told while the store could not be used. */
export function judgeRefusals(requests: readonly LoadRequest[], verdicts: Verdicts): void {
  const odd = requests.filter(({ result }) => ![200, 202, 429, 501, 503, 504].includes(Number(result)));
  verdicts.judge('no other answers than these', odd.length === 0, `${odd.length} others ${sampleOf(odd)}`);
  const refused = requests.filter(({ result }) => result === 503);
  verdicts.judge('the store was missed', refused.length > 0, `${refused.length} answers say so`);
  const mute = refused.filter(({ retryAfter }) => retryAfter === undefined);
  verdicts.judge('every 503 says when to try again', mute.length === 0, `${mute.length} do not ${sampleOf(mute)}`);
}
