import { accessSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** It is to reach nothing but the gateway: without these it asks its maker for updates and the like. */
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
  // In a container it is too small.
  '--disable-dev-shm-usage',
  '--no-first-run',
];

/** Starts a real Chromium without a window. Rejects with what to do when there is none. */
export async function startChromium(): Promise<Browser> {
  try {
    accessSync(path);
  } catch (cause) {
    const advice = 'apt-get install -y --no-install-recommends chromium, or let CHROMIUM name another one';
    throw new Error(`there is no Chromium at ${path}: ${advice}`, { cause });
  }
  // Its sandbox does not work for root, as whom a build machine mostly runs.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: path, args: quiet, chromiumSandbox: !isRoot });
}
