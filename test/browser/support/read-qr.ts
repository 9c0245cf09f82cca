import { fileURLToPath } from 'node:url';
import type { Browser, Locator } from 'playwright-core';
import * as v from 'valibot';

const decoder = fileURLToPath(import.meta.resolve('jsqr/dist/jsQR.js'));

/** What the QR code in a part of a page says, read from its pixels as a phone would. Rejects when there is none. */
export async function readQr(browser: Browser, place: Locator): Promise<string> {
  const picture = await place.screenshot({ type: 'png' });
  const page = await browser.newPage();
  try {
    await page.addScriptTag({ path: decoder });
    const address = JSON.stringify(`data:image/png;base64,${picture.toString('base64')}`);
    const read: unknown = await page.evaluate(`(async () => {
      const image = new Image();
      image.src = ${address};
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
      return jsQR(data, width, height)?.data ?? null;
    })()`);
    return v.parse(v.string('no QR code can be read'), read);
  } finally {
    await page.close();
  }
}
