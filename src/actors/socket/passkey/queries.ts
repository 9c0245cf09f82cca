import { type BinaryNode, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import type { Assertion, PasskeyOptions } from '../../../domain/passkey.ts';
import { optionsIn } from './request-options.ts';

/** The queries with which a device proves its passkey. They reject when WhatsApp refuses or does not answer. */
export class PasskeyQueries {
  readonly #socket: WASocket;

  constructor(socket: WASocket) {
    this.#socket = socket;
  }

  /** A new challenge. */
  async options(): Promise<PasskeyOptions> {
    const options = optionsIn(await this.#query('get', { tag: 'passkey_request_options', attrs: {} }));
    if (options === null) throw new Error('the request for a passkey could not be read');
    return options;
  }

  async ref(): Promise<string> {
    const content = getBinaryNodeChild(await this.#query('get', { tag: 'ref', attrs: {} }), 'ref')?.content;
    if (!(content instanceof Uint8Array)) throw new Error('WhatsApp gave no reference');
    return Buffer.from(content).toString();
  }

  async prologue(assertion: Assertion, payload: Uint8Array, proof: Buffer | null): Promise<void> {
    const { id, rawId, type, response } = assertion;
    const { clientDataJSON, authenticatorData, signature, userHandle = null } = response;
    const json = { id, rawId, type, response: { clientDataJSON, authenticatorData, signature, userHandle } };
    const content = [
      bytes('credential_id', Buffer.from(rawId, 'base64url')),
      bytes('webauthn_assertion', Buffer.from(JSON.stringify(json))),
      bytes('prologue_payload', payload),
    ];
    if (proof !== null) content.push(bytes('pairing_handoff_proof', proof));
    await this.#query('set', { tag: 'passkey_prologue', attrs: {}, content });
  }

  async reveal(nonce: Uint8Array): Promise<void> {
    await this.#query('set', bytes('companion_nonce', nonce));
  }

  async request(sealed: Uint8Array): Promise<void> {
    await this.#query('set', bytes('encrypted_pairing_request', sealed));
  }

  async #query(type: 'get' | 'set', content: BinaryNode): Promise<BinaryNode> {
    const attrs = { id: this.#socket.generateMessageTag(), to: 's.whatsapp.net', type, xmlns: 'md' };
    const answer: BinaryNode | undefined = await this.#socket.query({ tag: 'iq', attrs, content: [content] });
    if (answer === undefined) throw new Error(`WhatsApp did not answer <${content.tag}>`);
    return answer;
  }
}

function bytes(tag: string, content: Uint8Array): BinaryNode {
  return { tag, attrs: {}, content };
}
