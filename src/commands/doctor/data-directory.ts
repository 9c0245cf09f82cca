import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Finding, failed, ok, warning } from './finding.ts';

const mebibyte = 2 ** 20;
/** Below this the store may soon have to stop; below the other one it is about to. */
const scarceBytes = 1024 * mebibyte;
const leastBytes = 64 * mebibyte;

/** Whether the data directory can be used, by this user alone, and has room. */
export function checkDataDirectory(path: string): Finding {
  const nearest = nearestExisting(resolve(path));
  if (!statSync(nearest).isDirectory()) return failed(`${nearest} is no folder`, 'Set DATA_DIR to a folder.');
  if (!canWrite(nearest)) {
    return failed(`this user may not write in ${nearest}`, 'Run as the user of the gateway, or give it the directory.');
  }
  const { bavail, bsize } = statfsSync(nearest);
  const free = bavail * bsize;
  const room = `${Math.floor(free / mebibyte)} MiB free`;
  if (free < leastBytes) return failed(`${path} has only ${room}`, 'Make room on that disk now.');
  if (!existsSync(path)) return ok(`${path} is made at the first start; ${room}`);
  const open = [path, ...readdirSync(path).map((name) => join(path, name))].filter(isOpenToOthers);
  if (open.length > 0) return warning(`others may read ${open.join(', ')}`, `chmod -R go= ${path}`);
  if (free < scarceBytes) return warning(`${path} has only ${room}`, 'Make room on that disk soon.');
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

/** A file of a commit that is over meanwhile is none any more. */
function isOpenToOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o077) !== 0;
}
