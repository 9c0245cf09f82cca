interface PicturePolicy {
  createHTML(text: string): string;
}

declare global {
  interface Window {
    /** Where a browser has it (Trusted Types), a text is parsed only by a policy that the page's headers name. */
    trustedTypes?: { createPolicy(name: string, rules: PicturePolicy): PicturePolicy };
  }
}

const asItIs: PicturePolicy = { createHTML: (text) => text };
const policy = window.trustedTypes?.createPolicy('statechart', asItIs) ?? asItIs;

/**
 * A picture that the gateway has drawn, as an element; null for what is none. Scripts in it would not run: the page's
 * Content-Security-Policy lets only files of the gateway in.
 */
export function parseSvg(text: string): SVGSVGElement | null {
  const { documentElement } = new DOMParser().parseFromString(policy.createHTML(text), 'image/svg+xml');
  return documentElement instanceof SVGSVGElement ? document.adoptNode(documentElement) : null;
}
