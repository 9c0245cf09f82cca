interface Tag {
  name: string;
  description: string;
}

/** The tags by path prefix; the longest prefix wins. */
const tags: Readonly<Record<string, Tag>> = {
  '/api/v1/sessions': {
    name: 'Sessions',
    description: 'A session is one linked WhatsApp number, or one that is waiting to be linked.',
  },
  '/api/v1/sessions/{session}/qr': linking(),
  '/api/v1/sessions/{session}/pairing-code': linking(),
  '/api/v1/sessions/{session}/inspect': {
    name: 'Inspection',
    description: "A session's state machine: its definition, and its transitions live.",
  },
  '/api/v1/sessions/{session}/messages': {
    name: 'Messages',
    description: 'Send messages and edit them. A 200 means that WhatsApp has acknowledged the message.',
  },
  '/api/v1/sessions/{session}/outbox': { name: 'Outbox', description: 'The status of each send.' },
  '/api/v1/sessions/{session}/groups': { name: 'Groups', description: 'The groups that a number is a member of.' },
  '/api/v1/events': events(),
  '/api/v1/realtime': events(),
  '/api/v1/api-keys': { name: 'Api keys', description: 'Credentials for programs.' },
  '/livez': health(),
  '/readyz': health(),
  '/metrics': health(),
  '/console': { name: 'Console', description: 'A web page to watch and operate sessions.' },
  '/': { name: 'Documentation', description: 'This documentation.' },
};

/** The tag of a path. */
export function tagOf(path: string): Tag {
  const [found] = Object.entries(tags)
    .filter(([prefix]) => path.startsWith(prefix))
    .toSorted(([one], [other]) => other.length - one.length);
  if (found === undefined) throw new Error(`no tag for the path ${path}`);
  return found[1];
}

function linking(): Tag {
  return { name: 'Linking', description: 'Link a phone to a session with a code to scan or to type.' };
}

function events(): Tag {
  return {
    name: 'Events',
    description: 'Live events, as server-sent events or over a WebSocket, which a ticket opens.',
  };
}

function health(): Tag {
  return { name: 'Health', description: 'Probes and metrics for supervisors and monitoring.' };
}
