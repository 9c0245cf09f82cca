import { toBuffer, toString as toText } from 'qrcode';

/**
 * A quiet zone of four modules is what the standard asks for; eight pixels a module make the picture some 600 pixels
 * wide for WhatsApp's codes, which phones read from a screen at arm's length.
 */
const looks = { margin: 4, errorCorrectionLevel: 'M' } as const;
const pixelsPerModule = 8;

export function qrSvg({ code }: { code: string }): Promise<string> {
  return toText(code, { ...looks, type: 'svg', width: 600 });
}

export function qrPng({ code }: { code: string }): Promise<Buffer> {
  return toBuffer(code, { ...looks, type: 'png', scale: pixelsPerModule });
}
