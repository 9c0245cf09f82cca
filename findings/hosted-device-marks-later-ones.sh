#!/usr/bin/env bash
# @whiskeysockets/baileys 7.0.0-rc14, extractDeviceJids: after a hosted device in a user's list, every later device is given a
# hosted address, too, and a second hosted one of a LID is named in the name space of numbers. The list is valid, in an order
# that a server may choose; with the hosted device last, all addresses are right.
#
# Output seen:
#   hosted last:  0@lid 1@lid 99@hosted.lid
#   hosted first: 99@hosted.lid 0@hosted.lid 1@hosted.lid
#   twice hosted: 99@hosted.lid 98@hosted
#
# Exits 0 while that is so, 1 when it has changed. Needs Node 20 or newer and the npm registry; installs into a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . @whiskeysockets/baileys@7.0.0-rc14

cat > show.mjs <<'JS'
import { extractDeviceJids } from '@whiskeysockets/baileys';

const me = ['15550009999:7@s.whatsapp.net', '999999999999999@lid'];
const phone = { id: 0 };
const linked = { id: 1, keyIndex: 1 };
const hosted = { id: 99, keyIndex: 2, isHosted: true };
const alsoHosted = { id: 98, keyIndex: 3, isHosted: true };

function names(...deviceList) {
  const result = [{ id: '123456789012345@lid', devices: { deviceList } }];
  return extractDeviceJids(result, ...me, false).map(({ device, server }) => `${device}@${server}`).join(' ');
}

console.log(`hosted last:  ${names(phone, linked, hosted)}`);
console.log(`hosted first: ${names(hosted, phone, linked)}`);
console.log(`twice hosted: ${names(hosted, alsoHosted)}`);
JS

node show.mjs | tee seen.txt
diff seen.txt - <<'EXPECTED'
hosted last:  0@lid 1@lid 99@hosted.lid
hosted first: 99@hosted.lid 0@hosted.lid 1@hosted.lid
twice hosted: 99@hosted.lid 98@hosted
EXPECTED
