import * as v from 'valibot';
import { silenceConsole } from '../simulator/quiet-console.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { answerRequests } from './answering.ts';
import { recipientOf } from './whatsapp.ts';

// The simulated WhatsApp for a load: devices confirm without decrypting, the ledger is short, and everybody can be written
// to by number, since Baileys by itself looks nobody's LID up.

const ledgerSize = 10_000;

const StartSchema = v.object({ contacts: v.number() });

silenceConsole();

answerRequests({
  start: async (input) => {
    const { contacts } = v.parse(StartSchema, input);
    const simulator = await startSimulator({ decrypt: false, ledgerSize });
    for (let number = 0; number < contacts; number += 1) {
      simulator.addContact({ phone: recipientOf(number), devices: 2, receipts: 'delivered', numbers: 'accepted' });
    }
    const { url, rootKey, controlUrl } = simulator;
    return { url, rootKey, controlUrl };
  },
});
