/** Where in the console the address bar says that we are. */
export type PageLocation = { kind: 'sessions' } | { kind: 'session'; id: string };

const sessionPlace = /^#\/sessions\/([0-9A-Za-z]{1,64})$/;

/** Whatever is no address of a session is that of the list. */
export function locationOf(hash: string): PageLocation {
  const id = sessionPlace.exec(hash)?.[1];
  return id === undefined ? { kind: 'sessions' } : { kind: 'session', id };
}

export function addressOf(id: string): string {
  return `#/sessions/${id}`;
}
