import { routes } from '../../../src/http/routes/index.ts';
import type { Route } from '../../../src/http/routing/route.ts';
import { to } from '../../support/gateway/environment.ts';

/** `unlinked`: it has no number, and rests. */
export type Kind = 'connected' | 'stopped' | 'unlinked';

interface Target {
  /** On which sessions; on a route without one it does not matter. */
  readonly kinds: readonly [Kind, ...Kind[]];
  /** Bodies that the route takes. */
  readonly bodies: readonly [object, ...object[]];
}

/** An address that nobody has. */
const lid = '100000000000001@lid';

const linked = ['connected', 'stopped'] as const;

/**
 * What is sent where. A body may turn out valid, so each route gets sessions on which that ends nothing: settings are
 * changed, and sessions are ended, where nobody is linked.
 */
const targets: Readonly<Record<string, Target>> = {
  createSession: {
    kinds: ['unlinked'],
    bodies: [{ label: 'fuzz', autoRead: false, presenceTyping: false, start: false }],
  },
  updateSession: {
    kinds: ['unlinked'],
    bodies: [{ label: 'fuzz', autoRead: true, presenceTyping: true, ratePerMin: 20, rateBurst: 5, ratePerHour: 600 }],
  },
  startSession: { kinds: ['connected'], bodies: [{}] },
  stopSession: { kinds: ['unlinked'], bodies: [{}] },
  logoutSession: { kinds: ['unlinked'], bodies: [{}] },
  sessionPairingCode: { kinds: linked, bodies: [{ phone: '15551234567' }] },
  sessionPasskeyAssertion: {
    kinds: linked,
    bodies: [
      {
        id: 'AAAA',
        rawId: 'AAAA',
        type: 'public-key',
        response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA', userHandle: null },
        authenticatorAttachment: 'platform',
        clientExtensionResults: {},
      },
    ],
  },
  sessionPasskeyConfirmation: { kinds: linked, bodies: [{}] },
  sendMessage: {
    kinds: linked,
    bodies: [
      { to, type: 'text', text: 'hello', replyTo: '3EB0AA', mentions: [to] },
      { to: lid, type: 'text', text: 'hello', mentions: [lid] },
      { to, type: 'poll', name: 'Lunch?', options: ['soup', 'salad'], selectableCount: 1 },
      { to, type: 'location', latitude: 48.2, longitude: 16.4, name: 'Vienna' },
      { to, type: 'contact', contact: { name: 'Ben', phone: '15550000002' } },
      { to, type: 'contact', contact: { vcard: 'BEGIN:VCARD\nVERSION:3.0\nFN:Ben\nEND:VCARD' } },
      { to, type: 'image', url: 'https://troupe.invalid/a.png' },
    ],
  },
  editMessage: { kinds: linked, bodies: [{ chat: to, text: 'corrected', mentions: [to, lid] }] },
  joinGroup: { kinds: linked, bodies: [{ invite: 'ChoirInvite1234567890A' }] },
  createRealtimeTicket: {
    kinds: ['unlinked'],
    bodies: [{ sessions: ['01M833PJWM02QDH80TB2NT7P4C'], events: ['message'] }],
  },
  createApiKey: {
    kinds: ['unlinked'],
    bodies: [{ name: 'fuzz', capabilities: ['read'], expiresAt: 4_000_000_000_000 }],
  },
};

type Fuzzed = readonly [Route, Target];

function fuzzed(): [Fuzzed, ...Fuzzed[]] {
  const [first, ...others] = routes
    .filter(({ method }) => method === 'POST' || method === 'PATCH')
    .map((route): Fuzzed => {
      const target = targets[route.id];
      if (target === undefined) throw new Error(`fuzz-targets.ts does not say what to send to ${route.id}`);
      return [route, target];
    });
  if (first === undefined) throw new Error('no route takes a body');
  return [first, ...others];
}

/** Every route that may take a body, with what is sent there. */
export const fuzzedRoutes = fuzzed();

/** The answers of 500 and above that `docs/api.md` promises for such a request, whatever is in its body. */
export function documentedFaults(route: Route, kind: Kind): ReadonlySet<number> {
  switch (route.id) {
    case 'sendMessage':
      // Media are not implemented; who cannot be reached is refused by WhatsApp.
      return new Set(kind === 'connected' ? [501, 502] : [501]);
    case 'editMessage':
    case 'joinGroup':
      return new Set(kind === 'connected' ? [] : [501]);
    default:
      return new Set();
  }
}
