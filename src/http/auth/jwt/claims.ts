import type { JWTPayload } from 'jose';
import * as v from 'valibot';
import { OrganizationSchema } from '../../../domain/id-schemas.ts';
import type { ClaimNames } from '../../../domain/login.ts';
import { type Capability, capabilities } from '../../../domain/principal.ts';

/** What each role of a person in an organization may do. */
const capabilitiesOf = {
  owner: capabilities,
  admin: capabilities,
  member: ['read', 'send'],
} as const satisfies Record<string, readonly Capability[]>;

const ClaimsSchema = v.object({
  subject: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  organization: OrganizationSchema,
  role: v.picklist(['owner', 'admin', 'member']),
  exp: v.pipe(v.number(), v.finite()),
});

/** A person, from the claims of a verified token. */
interface Person {
  subject: string;
  organization: string;
  capabilities: readonly Capability[];
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** The person in verified claims; null when a claim is missing or invalid. */
export function personOf(claims: JWTPayload, { orgClaim, roleClaim }: ClaimNames): Person | null {
  const parsed = v.safeParse(ClaimsSchema, {
    subject: claims.sub,
    organization: claimAt(claims, orgClaim),
    role: claimAt(claims, roleClaim),
    exp: claims.exp,
  });
  if (!parsed.success) return null;
  const { subject, organization, role, exp } = parsed.output;
  const expiresAt = Math.min(exp * 1_000, Number.MAX_SAFE_INTEGER);
  return { subject, organization, capabilities: capabilitiesOf[role], expiresAt };
}

/** A claim with exactly that name wins over a path: claim names that are URLs contain dots. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>(ownProperty, claims);
}

function ownProperty(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
