import type { Contact } from '../../../../simulator/api/contact-api.ts';
import type { Group } from '../../../../simulator/api/group-api.ts';
import type { Simulator } from '../../../../simulator/simulator.ts';

/** A contact of one kind. `to`: the address that callers write to, which is the one that they are told, too. */
export interface Member {
  readonly kind: string;
  readonly contact: Contact;
  readonly to: string;
  /** The devices that can receive a message. */
  readonly reachable: readonly number[];
  /** Set for one whose devices begin anew in the middle: whether WhatsApp tells of it. */
  readonly reinstall?: 'announced' | 'unannounced';
}

/** One contact of each kind, and a group of them all. */
export interface Cast {
  readonly members: readonly Member[];
  readonly group: Group;
}

const devices = 2;

/** Adds contacts of each kind, and a group of them and this number. */
export function addCast(simulator: Simulator, own: string): Cast {
  const members: Member[] = [
    member('by LID', simulator.addContact({ phone: '15557000001', addressing: 'lid', numbers: 'refused' })),
    member('by number', simulator.addContact({ phone: '15557000002', addressing: 'pn' })),
    member(
      'without a number',
      simulator.addContact({ phone: '15557000003', number: false, username: 'quiet.name', addressing: 'lid' }),
    ),
    {
      ...member(
        'with a keyless device',
        simulator.addContact({ phone: '15557000004', devices: 3, keyless: [2], addressing: 'pn' }),
      ),
      reachable: [0, 1],
    },
    member('without a LID', simulator.addContact({ phone: '15557000006', lid: 'none', addressing: 'pn' })),
    {
      ...member('reinstalled', simulator.addContact({ phone: '15557000007', addressing: 'lid' })),
      reinstall: 'announced',
    },
    {
      ...member('reinstalled silently', simulator.addContact({ phone: '15557000008', addressing: 'pn' })),
      reinstall: 'unannounced',
    },
  ];
  const participants = [...members.map(({ contact }) => contact.phone), own];
  return { members, group: simulator.addGroup({ subject: 'All kinds', participants, addressing: 'lid' }) };
}

function member(kind: string, contact: Contact): Member {
  return { kind, contact, to: contact.jid, reachable: Array.from({ length: devices }, (_, id) => id) };
}
