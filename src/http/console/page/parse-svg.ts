interface HtmlPolicy {
  createHTML(text: string): string;
}

declare global {
  interface Window {
    /** Trusted Types, where supported: strings are only parsed through a policy that the page's headers name. */
    trustedTypes?: { createPolicy(name: string, rules: HtmlPolicy): HtmlPolicy };
  }
}

const identity: HtmlPolicy = { createHTML: (text) => text };
const policy = window.trustedTypes?.createPolicy('statechart', identity) ?? identity;

/**
 * An SVG document of the gateway as an element; null when it is not one. Scripts in it would not run: the page's
 * Content-Security-Policy only allows files of the gateway.
 */
export function parseSvg(text: string): SVGSVGElement | null {
  const { documentElement } = new DOMParser().parseFromString(policy.createHTML(text), 'image/svg+xml');
  return documentElement instanceof SVGSVGElement ? document.adoptNode(documentElement) : null;
}
