import type { Simulator } from './simulator.ts';

/** The text that the command prints at the start. */
export function greeting({ url, rootKey, controlUrl, contacts }: Simulator): string {
  const people = contacts().map(({ phone, name, devices, receipts }) => {
    return `  ${phone}  ${name}, ${devices === 1 ? 'only a phone' : `${devices} devices`}, receipts: ${receipts}`;
  });
  return `A simulated WhatsApp is running. Nothing leaves this computer.

Settings for a gateway:
  export WHATSAPP_URL=${url}
  export WHATSAPP_ROOT_KEY=${rootKey}

Contacts:
${people.join('\n')}

Scan a QR code with a phone of any number, then list what was delivered:
  ${curl(`${controlUrl}/scan`, { qr: '<the text of the QR code>', phone: '15551234567' })}
  curl -s ${controlUrl}/deliveries

Inject a fault:
  ${curl(`${controlUrl}/faults`, { kind: 'no-ack', times: 1 })}

Stop with Ctrl-C. Manual: simulator/README.md
`;
}

function curl(url: string, body: object): string {
  return `curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}
