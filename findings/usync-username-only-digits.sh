#!/usr/bin/env bash
# @whiskeysockets/baileys 7.0.0-rc14, USyncUsernameProtocol: the answer to a look-up with withUsernameProtocol() has a username only
# when it consists of digits, dashes and dots, or of digits and A to F. The binary format packs such texts, and Baileys decodes them
# as a string; every other text arrives as bytes, and the parser makes null of what is no string. Other parts of Baileys read
# either form (getBinaryNodeChildString). Shown by Baileys' own encoder and decoder.
#
# Output seen:
#   12345     decoded as a string, username 12345
#   ada       decoded as bytes, username null; getBinaryNodeChildString ada
#   ada.1815  decoded as bytes, username null; getBinaryNodeChildString ada.1815
#
# Exits 0 while that is so, 1 when it has changed. Needs Node 20 or newer and the npm registry; installs into a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . @whiskeysockets/baileys@7.0.0-rc14

cat > show.mjs <<'JS'
import { decodeBinaryNode, encodeBinaryNode, getBinaryNodeChildString, USyncUsernameProtocol } from '@whiskeysockets/baileys';

for (const name of ['12345', 'ada', 'ada.1815']) {
  const sent = { tag: 'user', attrs: {}, content: [{ tag: 'username', attrs: {}, content: name }] };
  const user = await decodeBinaryNode(encodeBinaryNode(sent));
  const [node] = user.content;
  const form = typeof node.content === 'string' ? 'a string' : 'bytes';
  const parsed = new USyncUsernameProtocol().parser(node);
  const other = parsed === null ? `; getBinaryNodeChildString ${getBinaryNodeChildString(user, 'username')}` : '';
  console.log(`${name.padEnd(9)} decoded as ${form}, username ${parsed}${other}`);
}
JS

node show.mjs | tee seen.txt
diff seen.txt - <<'EXPECTED'
12345     decoded as a string, username 12345
ada       decoded as bytes, username null; getBinaryNodeChildString ada
ada.1815  decoded as bytes, username null; getBinaryNodeChildString ada.1815
EXPECTED
