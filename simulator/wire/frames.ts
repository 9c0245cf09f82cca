import { PROLOGUE } from './noise.ts';

const LENGTH_BYTES = 3;
const LARGEST_LENGTH = 0xff_ff_ff;
/**
 * Far above anything Baileys sends (812 prekeys are about 40 kB); a longer frame means an attack or a lost frame
 * boundary.
 */
const LARGEST_FRAME = 4 * 1024 * 1024;
/** "ED", 0, 1: precedes the prologue when the client remembers routing information. */
const ROUTING_MARK = Buffer.from([0x45, 0x44, 0, 1]);

/** A three-byte big-endian length, then the payload. */
export function frame(payload: Uint8Array): Buffer {
  if (payload.length > LARGEST_LENGTH) throw new Error(`a frame of ${payload.length} bytes is too long to send`);
  const header = Buffer.alloc(LENGTH_BYTES);
  header.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  return Buffer.concat([header, payload]);
}

/** Checks the intro of a byte stream, then splits it into frames, whatever the message boundaries. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #intro: 'expected' | 'read' = 'expected';

  /** The frames that `bytes` completes, in order. Throws when the intro is not WhatsApp's or a frame is too long. */
  push(bytes: Buffer): Buffer[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    return this.#intro === 'read' || this.#takeIntro() ? this.#takeFrames() : [];
  }

  #takeFrames(): Buffer[] {
    const frames: Buffer[] = [];
    for (let end = this.#frameEnd(); end !== undefined && end <= this.#pending.length; end = this.#frameEnd()) {
      frames.push(this.#pending.subarray(LENGTH_BYTES, end));
      this.#pending = this.#pending.subarray(end);
    }
    return frames;
  }

  #frameEnd(): number | undefined {
    if (this.#pending.length < LENGTH_BYTES) return undefined;
    const length = this.#pending.readUIntBE(0, LENGTH_BYTES);
    if (length > LARGEST_FRAME) throw new Error(`the client announced a frame of ${length} bytes`);
    return LENGTH_BYTES + length;
  }

  /** Whether the intro is complete; consumes it. */
  #takeIntro(): boolean {
    const start = this.#routingLength();
    if (start === undefined || this.#pending.length < start + PROLOGUE.length) return false;
    const end = start + PROLOGUE.length;
    const isWhatsApp = this.#pending.subarray(start, end).equals(PROLOGUE);
    if (!isWhatsApp) throw new Error('the intro of the client is not that of WhatsApp Web');
    this.#pending = this.#pending.subarray(end);
    this.#intro = 'read';
    return true;
  }

  /** How many bytes of routing information precede the prologue; undefined until enough bytes have arrived. */
  #routingLength(): number | undefined {
    const header = ROUTING_MARK.length + LENGTH_BYTES;
    if (this.#pending.length < 2) return undefined;
    if (this.#pending[0] !== ROUTING_MARK[0]) return 0;
    if (this.#pending.length < header) return undefined;
    return header + this.#pending.readUIntBE(ROUTING_MARK.length, LENGTH_BYTES);
  }
}
