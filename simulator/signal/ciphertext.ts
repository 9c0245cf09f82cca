/** `pkmsg` starts a Signal session, `msg` continues one, `skmsg` is encrypted with the sender's key for a group. */
export interface Ciphertext {
  readonly type: string;
  readonly ciphertext: Buffer;
}
