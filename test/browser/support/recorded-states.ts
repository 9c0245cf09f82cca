import type { Page } from 'playwright-core';
import * as v from 'valibot';

/** Has the page note each status that the session shows from now on, however short. */
export async function recordStates(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const shown = () => document.querySelector('.state [data-status]')?.dataset.status;
    globalThis.recordedStates = [shown()];
    new MutationObserver(() => {
      if (shown() !== undefined && shown() !== recordedStates.at(-1)) recordedStates.push(shown());
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  })()`);
}

/** What was noted. Undefined after a reload, which forgets it. */
export async function recordedStates(page: Page): Promise<string[]> {
  return v.parse(v.array(v.string()), await page.evaluate('globalThis.recordedStates'));
}
