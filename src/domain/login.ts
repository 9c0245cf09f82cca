/** Where in a login token the organization and the role stand: a claim's name, or a path of names with dots between. */
export interface ClaimNames {
  orgClaim: string;
  roleClaim: string;
}

/** How login tokens are checked; `issuer` and `audience` are looked at when they are given. */
export interface LoginSettings extends ClaimNames {
  /** Where the keys of whoever mints the tokens are published. */
  jwksUrl: URL;
  issuer?: string;
  audience?: string;
}
