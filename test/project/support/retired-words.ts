/**
 * Words that names of files and exports no longer use, each with the term that has taken its place. They match whole
 * words of a name in camelCase, PascalCase or kebab-case. `docs/glossary.md` has the terms.
 */
const retiredWords: ReadonlyMap<string, string> = new Map([
  ['addressee', 'address'],
  ['applicant', 'candidate, client'],
  ['arrow', 'transition'],
  ['asker', 'requester, client'],
  ['audience', 'broadcast'],
  ['bell', 'notifier'],
  ['belt', 'limit'],
  ['books', 'ledger'],
  ['callers', 'caller cache, clients'],
  ['census', 'scan'],
  ['claimant', 'owner'],
  ['climate', 'fault profile'],
  ['courier', 'node RPC'],
  ['course', 'connection actions'],
  ['cut', 'close timeout'],
  ['damage', 'unreadable'],
  ['damaged', 'unreadable'],
  ['desk', 'state, registry'],
  ['dice', 'prng'],
  ['distant', 'remote'],
  ['enders', 'stop waiters'],
  ['face', 'api'],
  ['fate', 'outcome'],
  ['figures', 'stats'],
  ['flights', 'in-flight sends'],
  ['grants', 'fences'],
  ['heir', 'successor'],
  ['holdings', 'owned sessions'],
  ['house', 'runtime'],
  ['idlest', 'least active'],
  ['keepers', 'owners'],
  ['keyring', 'key store'],
  ['letter', 'message'],
  ['liveness', 'keep-alive'],
  ['lookout', 'locator'],
  ['maker', 'creator'],
  ['outlet', 'sink'],
  ['parcel', 'payload'],
  ['patience', 'idle timeout'],
  ['purge', 'delete'],
  ['registry', 'service'],
  ['rests', 'inactive'],
  ['signs', 'transport events'],
  ['slip', 'mapping error'],
  ['storms', 'fault bursts'],
  ['stray', 'uncaught'],
  ['surface', 'notifier'],
  ['switchboard', 'router'],
  ['tenure', 'ownership'],
  ['told', 'sent, reported'],
  ['trouble', 'failure'],
  ['troubles', 'failures'],
  ['weather', 'fault model'],
  ['whereabouts', 'location'],
  ['wish', 'request'],
]);

/** Names that a contract outside the code fixes, or whose word has its ordinary meaning there. */
const allowed = new Set(['PairingRegistry', 'pairing-registry', 'readSurface']);

/** The words of a name, in lower case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** What a module exports, by its own text. */
export function exportsOf(source: string): string[] {
  const declared =
    /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|interface|type|const|let) (\w+)/gm;
  return [...source.matchAll(declared)].map(([, name = '']) => name);
}

/** The retired words in a name, each with its replacement, as sentences. */
export function retiredIn(name: string): string[] {
  if (allowed.has(name)) return [];
  return wordsOf(name).flatMap((word) => {
    const term = retiredWords.get(word);
    return term === undefined ? [] : [`${name} has the retired word "${word}": use "${term}"`];
  });
}
