import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Finding, failed, ok, warning } from './finding.ts';

const mebibyte = 2 ** 20;
/** Below the first the store may soon run out of space; below the second it is about to. */
const scarceBytes = 1024 * mebibyte;
const leastBytes = 64 * mebibyte;

/** Whether the data directory is writable, private to this user, and has free space. */
export function checkDataDirectory(path: string): Finding {
  const nearest = nearestExisting(resolve(path));
  if (!statSync(nearest).isDirectory()) return failed(`${nearest} is not a directory`, 'Set DATA_DIR to a directory.');
  if (!canWrite(nearest)) {
    return failed(
      `this user cannot write to ${nearest}`,
      'Run as the user of the gateway, or make it the owner of the directory.',
    );
  }
  const { bavail, bsize } = statfsSync(nearest);
  const free = bavail * bsize;
  const room = `${Math.floor(free / mebibyte)} MiB free`;
  if (free < leastBytes) return failed(`${path} has only ${room}`, 'Free space on that disk now.');
  if (!existsSync(path)) return ok(`${path} will be created at the first start; ${room}`);
  const open = [path, ...readdirSync(path).map((name) => join(path, name))].filter(isOpenToOthers);
  if (open.length > 0) return warning(`other users can read ${open.join(', ')}`, `chmod -R go= ${path}`);
  if (free < scarceBytes) return warning(`${path} has only ${room}`, 'Free space on that disk soon.');
  return ok(`${path}; ${room}`);
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** SQLite may delete the file of a finished commit between the listing and this call. */
function isOpenToOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o077) !== 0;
}
