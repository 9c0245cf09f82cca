import { GatewayError } from '../../domain/errors.ts';

export const unknownPath = { code: 'not_found', message: 'no route for this method and path' } as const;

/** A path with `{name}` parameters as @koa/router wants it: a literal colon, as in `{session}:start`, is escaped. */
export function toRouterPath(path: string): string {
  return path.replaceAll(':', '\\:').replaceAll(/\{(\w+)\}/g, ':$1');
}

/**
 * A request target with the path's segments in canonical encoding, so that `%3Astart` becomes `:start`. Throws
 * `not_found` for a target that is not a path or cannot be decoded.
 */
export function canonicalTarget(target: string): string {
  const queryAt = target.indexOf('?');
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  if (!path.startsWith('/')) throw new GatewayError(unknownPath);
  try {
    return path.split('/').map(canonicalSegment).join('/') + target.slice(path.length);
  } catch (cause) {
    throw new GatewayError(unknownPath, { cause });
  }
}

function canonicalSegment(segment: string): string {
  return encodeURIComponent(decodeURIComponent(segment)).replaceAll('%3A', ':');
}
