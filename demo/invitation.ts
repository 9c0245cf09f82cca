import type { Stage } from './stage.ts';

/** The next steps for a user, as commands to copy into another terminal. */
export function invitation({ gatewayUrl, token, simulator, ada }: Stage, session: string): string {
  const json = "-H 'content-type: application/json'";
  const text = JSON.stringify({ to: ada.jid, type: 'text', text: 'My first message' });
  const fault = JSON.stringify({ kind: 'no-ack', times: 1 });
  return `
Your turn. In a browser: ${gatewayUrl}/console, signed in with the key

  ${token}

Or in another terminal, first:

  export SESSION=${gatewayUrl}/api/v1/sessions/${session}
  export WHATSAPP=${simulator.controlUrl}
  export KEY=${token}

Send ${ada.name} a text:

  curl -s "$SESSION/messages" -H "authorization: Bearer $KEY" ${json} -d '${text}'

Look at the session:

  curl -s "$SESSION" -H "authorization: Bearer $KEY"

See what ${ada.name} got, decrypted:

  curl -s "$WHATSAPP/deliveries?to=${ada.phone}"

Do it from TypeScript with the typed client, and wait until ${ada.name} has it:

  bin/node client/example.ts ${ada.jid}

Let WhatsApp keep its next acknowledgement to itself, then send again: no 200 without one.

  curl -s "$WHATSAPP/faults" ${json} -d '${fault}'
`;
}
