/**
 * The `Content-Security-Policy` of a page: nothing is let in but what is listed, nothing from elsewhere, nothing that
 * stands in the page itself, and no other page may frame it.
 */
export function contentSecurityPolicy(...allowed: readonly string[]): string {
  return ["default-src 'none'", ...allowed, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );
}
