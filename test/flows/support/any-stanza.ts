import type { BinaryNode } from '@whiskeysockets/baileys';
import fc from 'fast-check';

const group = '120363000000000777@g.us';

/** Of what is at the top of a stanza. What ends a connection, or begins a link, is left out. */
const tops = [
  'message',
  'receipt',
  'notification',
  'call',
  'status',
  'novelty',
  'presence',
  'chatstate',
  'ack',
  'iq',
  'ib',
];

const inner = [
  ...[
    'participant',
    'enc',
    'plaintext',
    'unavailable',
    'list',
    'item',
    'retry',
    'registration',
    'keys',
    'update',
    'mex',
  ],
  ...['add', 'remove', 'modify', 'create', 'group', 'subject', 'description', 'body', 'locked', 'invite'],
  ...['member_add_mode', 'membership_approval_mode', 'created_membership_requests', 'revoked_membership_requests'],
  ...['ephemeral', 'dirty', 'offer', 'offer_notice', 'terminate', 'relaylatency', 'accept', 'count', 'identity'],
  ...[
    'devices',
    'device',
    'tokens',
    'token',
    'link_code_companion_reg',
    'blocklist',
    'disappearing_mode',
    'set',
    'delete',
  ],
  ...['picture', 'collection', 'privacy', 'error', 'edge_routing', 'offline_preview', 'encrypt', 'rmr', 'live_updates'],
];

const types = [
  ...[
    'text',
    'media',
    'poll',
    'retry',
    'read',
    'played',
    'sender',
    'inactive',
    'server-error',
    'result',
    'error',
    'set',
  ],
  ...['w:gp2', 'mediaretry', 'encrypt', 'devices', 'server_sync', 'picture', 'account_sync', 'privacy_token', 'mex'],
  ...[
    'newsletter',
    'link_code_companion_reg',
    'business',
    'psa',
    'msg',
    'pkmsg',
    'skmsg',
    'msmsg',
    'composing',
    'novelty',
  ],
];

const texts = [
  '',
  '0',
  '1',
  '-1',
  '1700000000',
  'NaN',
  'true',
  'text',
  '{}',
  '[',
  'stage',
  'lid',
  'pn',
  'groups',
  'account_sync',
];

const addressed = [
  'from',
  'participant',
  'recipient',
  'jid',
  'phone_number',
  'sender_lid',
  'participant_pn',
  'lid',
  'call-creator',
];
const written = [
  ...[
    't',
    'count',
    'v',
    'edit',
    'category',
    'call-id',
    'reason',
    'code',
    'op_name',
    'hash',
    'name',
    'value',
    'offline',
  ],
  ...['addressing_mode', 'xmlns', 'notify', 'stage', 'size', 'id', 'timestamp', 'decrypt-fail', 'item_id'],
];

/** Children that belong into a stanza, by its tag, or by its `type`. */
const belongs: Record<string, readonly string[]> = {
  message: ['enc', 'plaintext', 'unavailable', 'participant'],
  receipt: ['list', 'retry', 'registration', 'keys', 'error'],
  call: ['offer', 'offer_notice', 'terminate', 'relaylatency', 'accept'],
  ib: ['dirty', 'edge_routing', 'offline_preview'],
  'w:gp2': inner.slice(11, 25),
  encrypt: ['count', 'identity'],
  devices: ['add', 'remove', 'update', 'device'],
  account_sync: ['disappearing_mode', 'blocklist', 'devices', 'privacy'],
  server_sync: ['collection'],
  privacy_token: ['tokens'],
  mediaretry: ['error', 'encrypt', 'rmr'],
  picture: ['set', 'delete'],
  mex: ['update', 'mex'],
  newsletter: ['live_updates', 'participant', 'update'],
  link_code_companion_reg: ['link_code_companion_reg'],
};

/**
 * Any stanza that WhatsApp might send: half of them are known ones that were changed, with the children that belong into
 * them and any attributes.
 * @param people addresses that exist
 */
export function anyStanza(people: readonly string[]): fc.Arbitrary<BinaryNode> {
  const addresses = [...people, group, 'status@broadcast', '1@broadcast', '9@newsletter', 's.whatsapp.net', 'nonsense'];
  const attrs = fc
    .tuple(
      fc.dictionary(fc.constantFrom(...addressed), fc.constantFrom(...addresses), { maxKeys: 4 }),
      fc.dictionary(fc.constantFrom(...written), fc.constantFrom(...texts), { maxKeys: 5 }),
      fc.option(fc.constantFrom(...types), { nil: undefined }),
    )
    .map(([named, said, type]) => ({ ...named, ...said, ...(type !== undefined && { type }) }));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map(encoded),
    fc.constantFrom('', 'text').map(encoded),
  );
  const leaf = fc.oneof(
    fc.constant(undefined),
    bytes.map((content) => Buffer.from(content)),
  );
  const { child } = fc.letrec<{ child: BinaryNode }>((tie) => ({
    child: fc
      .tuple(
        fc.constantFrom(...inner),
        attrs,
        fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('child'), { maxLength: 3 })),
      )
      .map(([tag, own, content]) => node(tag, own, content)),
  }));
  const known = fc.constantFrom(...Object.keys(belongs)).chain((kind) =>
    fc
      .tuple(attrs, fc.array(fc.tuple(fc.constantFrom(...(belongs[kind] ?? [])), child), { maxLength: 2 }))
      .map(([own, children]) => {
        const content = children.map(([tag, each]) => ({ ...each, tag }));
        return tops.includes(kind) ? node(kind, own, content) : node('notification', { ...own, type: kind }, content);
      }),
  );
  const random = fc.tuple(fc.constantFrom(...tops), attrs, fc.oneof(leaf, fc.array(child, { maxLength: 3 })));
  const any = fc.oneof(
    known,
    random.map(([tag, own, content]) => node(tag, own, content)),
  );
  return fc
    .tuple(any, fc.constantFrom(...addresses))
    .map(([given, from]) => ({ ...given, attrs: { from, ...given.attrs } }));
}

function node(tag: string, attrs: Record<string, string>, content: BinaryNode['content'] | undefined): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

function encoded(text: string): Uint8Array {
  return Buffer.from(text);
}
