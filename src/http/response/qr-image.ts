/**
 * A quiet zone of four modules is what the standard asks for; eight pixels a module make the picture some 600 pixels
 * wide for WhatsApp's codes, which phones read from a screen at arm's length.
 */
const looks = { margin: 4, errorCorrectionLevel: 'M' } as const;
const pixelsPerModule = 8;

export async function qrSvg({ code }: { code: string }): Promise<string> {
  const { toString: toText } = await library();
  return toText(code, { ...looks, type: 'svg', width: 600 });
}

export async function qrPng({ code }: { code: string }): Promise<Buffer> {
  const { toBuffer } = await library();
  return toBuffer(code, { ...looks, type: 'png', scale: pixelsPerModule });
}

/** Loaded with the first picture: most processes never draw one. */
function library(): Promise<typeof import('qrcode')> {
  return import('qrcode');
}
