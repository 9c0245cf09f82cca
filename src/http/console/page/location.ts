/** The page of the console that the URL names. */
export type PageLocation = { kind: 'sessions' } | { kind: 'session'; id: string };

const sessionHash = /^#\/sessions\/([0-9A-Za-z]{1,64})$/;

/** Every hash that does not name a session stands for the list. */
export function locationOf(hash: string): PageLocation {
  const id = sessionHash.exec(hash)?.[1];
  return id === undefined ? { kind: 'sessions' } : { kind: 'session', id };
}

export function addressOf(id: string): string {
  return `#/sessions/${id}`;
}
