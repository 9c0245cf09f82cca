/**
 * The `Content-Security-Policy` of a page: everything that is not listed is blocked, including inline scripts and
 * styles and framing by other pages.
 */
export function contentSecurityPolicy(...allowed: readonly string[]): string {
  return ["default-src 'none'", ...allowed, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );
}
