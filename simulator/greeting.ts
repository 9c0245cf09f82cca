import type { Simulator } from './simulator.ts';

/** What a person who has just started the simulator needs to know. */
export function greeting({ url, rootKey, controlUrl, contacts }: Simulator): string {
  const people = contacts().map(({ phone, name, devices, receipts }) => {
    return `  ${phone}  ${name}, ${devices === 1 ? 'a phone only' : `${devices} devices`}, receipts: ${receipts}`;
  });
  return `A simulated WhatsApp is running. Nothing that is sent here leaves this computer.

Point a gateway at it:
  export WHATSAPP_URL=${url}
  export WHATSAPP_ROOT_KEY=${rootKey}

People to write to:
${people.join('\n')}

Scan a QR code with the phone of your choice, then see what arrived:
  ${curl(`${controlUrl}/scan`, { qr: '<the text of the QR code>', phone: '15551234567' })}
  curl -s ${controlUrl}/deliveries

Make something go wrong:
  ${curl(`${controlUrl}/faults`, { kind: 'no-ack', times: 1 })}

Stop with Ctrl-C. Everything else: simulator/README.md
`;
}

function curl(url: string, body: object): string {
  return `curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}
