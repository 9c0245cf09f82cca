#!/usr/bin/env bash
# @whiskeysockets/baileys 7.0.0-rc14, decodeMessageNode: the key of a direct message lacks addresses that its stanza has.
# - The copy of what the own phone wrote to a LID has the recipient's number in peer_recipient_pn. It becomes remoteJidAlt when
#   the copy comes from the own LID, and is left out when it comes from the own number: which attribute is read depends on the
#   sender's address, not on that of the chat.
# - The username of who wrote, in `username`, is in no field of the key; that of a recipient and of a group's member is.
#
# Output seen:
#   copy from the own LID:    chat 100@lid, other address 15550000001@s.whatsapp.net
#   copy from the own number: chat 100@lid, other address none
#   username of a recipient:  ada
#   username of a member:     ada
#   username of the writer:   none
#
# Exits 0 while that is so, 1 when it has changed. Needs Node 20 or newer and the npm registry; installs into a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . @whiskeysockets/baileys@7.0.0-rc14

cat > show.mjs <<'JS'
import { decodeMessageNode } from '@whiskeysockets/baileys';

const number = '15559999999@s.whatsapp.net';
const lid = '999@lid';

function keyOf(attrs) {
  return decodeMessageNode({ tag: 'message', attrs: { id: 'A1', t: '1', type: 'text', ...attrs } }, number, lid).fullMessage.key;
}

const copy = { recipient: '100@lid', peer_recipient_pn: '15550000001@s.whatsapp.net' };
for (const [name, from] of [['LID:   ', lid], ['number:', number]]) {
  const { remoteJid, remoteJidAlt = 'none' } = keyOf({ from, ...copy });
  console.log(`copy from the own ${name} chat ${remoteJid}, other address ${remoteJidAlt}`);
}
const sent = keyOf({ from: lid, ...copy, peer_recipient_username: 'ada' });
const inGroup = keyOf({ from: '120363000000000001@g.us', participant: '100@lid', participant_username: 'ada' });
const received = keyOf({ from: '100@lid', username: 'ada' });
console.log(`username of a recipient:  ${sent.remoteJidUsername}`);
console.log(`username of a member:     ${inGroup.participantUsername}`);
console.log(`username of the writer:   ${Object.values(received).includes('ada') ? 'ada' : 'none'}`);
JS

node show.mjs | tee seen.txt
diff seen.txt - <<'EXPECTED'
copy from the own LID:    chat 100@lid, other address 15550000001@s.whatsapp.net
copy from the own number: chat 100@lid, other address none
username of a recipient:  ada
username of a member:     ada
username of the writer:   none
EXPECTED
