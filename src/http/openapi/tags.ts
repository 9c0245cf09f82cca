interface Tag {
  name: string;
  description: string;
}

/** The chapters of the documentation, by how the paths in them begin; the longest beginning counts. */
const chapters: Readonly<Record<string, Tag>> = {
  '/api/v1/sessions': { name: 'Sessions', description: 'A session is a number that is linked, or is to be.' },
  '/api/v1/sessions/{session}/qr': linking(),
  '/api/v1/sessions/{session}/pairing-code': linking(),
  '/api/v1/sessions/{session}/inspect': {
    name: 'Inspection',
    description: 'What the state machine of a session is, and what it does, live.',
  },
  '/api/v1/sessions/{session}/messages': {
    name: 'Messages',
    description: 'Sending, and changing what was sent. A 200 means that WhatsApp acknowledged.',
  },
  '/api/v1/sessions/{session}/outbox': { name: 'Outbox', description: 'What became of each send.' },
  '/api/v1/sessions/{session}/groups': { name: 'Groups', description: 'The groups that a number is in.' },
  '/api/v1/events': events(),
  '/api/v1/realtime': events(),
  '/api/v1/api-keys': { name: 'Api keys', description: 'The credentials of programs.' },
  '/livez': health(),
  '/readyz': health(),
  '/metrics': health(),
  '/console': { name: 'Console', description: 'A page to watch and operate sessions, in a browser.' },
  '/': { name: 'Documentation', description: 'What you are reading.' },
};

/** The chapter that a path belongs to. */
export function tagOf(path: string): Tag {
  const [found] = Object.entries(chapters)
    .filter(([beginning]) => path.startsWith(beginning))
    .toSorted(([one], [other]) => other.length - one.length);
  if (found === undefined) throw new Error(`${path} is no path`);
  return found[1];
}

function linking(): Tag {
  return { name: 'Linking', description: 'What a phone needs to link a session: a code to scan or to type.' };
}

function events(): Tag {
  return {
    name: 'Events',
    description: 'What happens, as it happens: as server-sent events, or over a WebSocket, which a ticket opens.',
  };
}

function health(): Tag {
  return { name: 'Health', description: 'Probes, for whatever supervises the process.' };
}
