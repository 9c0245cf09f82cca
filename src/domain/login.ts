/** The claims of a login token that hold the organization and the role: a name, or a path of names separated by dots. */
export interface ClaimNames {
  orgClaim: string;
  roleClaim: string;
}

/** How login tokens are checked; `issuer` and `audience` only when they are given. */
export interface LoginSettings extends ClaimNames {
  /** The published keys of the issuer. */
  jwksUrl: URL;
  issuer?: string;
  audience?: string;
}
