import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contactCard } from '../../src/domain/vcard.ts';

const card = (version: string, ...lines: string[]): string =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'TEL:+15550000002', 'END:VCARD'].join('\r\n');

/** The name that is shown for a card of the caller. */
const names: [what: string, vcard: string, name: string][] = [
  ['its formatted name', card('3.0', 'N:Hopper;Grace;;;', 'FN:Admiral Hopper'), 'Admiral Hopper'],
  ['the parts of a name', card('3.0', 'N:Hopper;Grace;;;'), 'Grace Hopper'],
  [
    'all parts of a name',
    card('4.0', 'N:Hopper;Grace;Brewster,Murray;Dr.;USN'),
    'Dr. Grace Brewster Murray Hopper USN',
  ],
  ['a name with one part', card('2.1', 'N:Hopper'), 'Hopper'],
  ['an empty formatted name', card('3.0', 'FN:', 'N:Hopper;Grace;;;'), 'Grace Hopper'],
  ['a property of a group', card('3.0', 'item1.FN:Grace Hopper', 'item1.X-ABLabel:x'), 'Grace Hopper'],
  ['a property with parameters', card('4.0', 'FN;LANGUAGE=en;X-A="a:b;c":Grace Hopper'), 'Grace Hopper'],
  ['a property in lower case', card('4.0', 'fn;type=work:Grace Hopper'), 'Grace Hopper'],
  ['the preferred of several', card('4.0', 'FN;PREF=2:Amazing Grace', 'FN;PREF=1:Grace Hopper'), 'Grace Hopper'],
  ['escapes', card('3.0', 'FN:Hopper\\, Grace\\; \\\\ USN\\nNavy'), 'Hopper, Grace; \\ USN Navy'],
  ['escapes in the parts', card('3.0', 'N:Hop\\;per;Gra\\,ce;;;'), 'Gra,ce Hop;per'],
  ['folded lines', card('3.0', 'FN:Grace Ho', ' pper'), 'Grace Hopper'],
  ['folded lines of 2.1', card('2.1', 'FN:Grace', ' Hopper'), 'Grace Hopper'],
  ['quoted-printable', card('2.1', 'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=A4ce=20Hopper'), 'Gräce Hopper'],
  ['quoted-printable without its parameter', card('2.1', 'N;QUOTED-PRINTABLE:Hopper;Gr=C3=A4ce'), 'Gräce Hopper'],
  [
    'quoted-printable over lines',
    card('2.1', 'FN;ENCODING=QUOTED-PRINTABLE:Gr=C3=', '=A4ce Hop=', 'per'),
    'Gräce Hopper',
  ],
  ['another charset', card('2.1', 'FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=E4ce'), 'Gräce'],
  ['a charset nobody knows', card('2.1', 'FN;CHARSET=X-NONE;ENCODING=QUOTED-PRINTABLE:Gr=E4ce'), 'Gr=E4ce'],
  ['only an organization', card('3.0', 'N:;;;;', 'ORG:Navy\\, US;Research'), 'Navy, US, Research'],
  ['no name at all', card('3.0'), ''],
];

for (const [what, vcard, name] of names) {
  test(`a card with ${what} is shown as ${JSON.stringify(name)}, and stays as it is`, () => {
    assert.deepEqual(contactCard({ vcard }), { name, vcard });
  });
}

test('a card that is as long as one may be is read at once', () => {
  for (const filler of [';', '\\', '="', ';a="', '\n ', '=\n']) {
    const vcard = card('2.1', `N;ENCODING=QUOTED-PRINTABLE:${filler.repeat(10_000 / filler.length)}`, 'FN:Grace');
    assert.equal(contactCard({ vcard }).vcard, vcard);
  }
});
