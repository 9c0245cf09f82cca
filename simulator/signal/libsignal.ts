/** libsignal accepts a bundle without a one-time prekey, which its types deny. */
declare module 'libsignal' {
  interface SessionBuilder {
    initOutgoing(session: {
      registrationId: number;
      identityKey: Uint8Array;
      signedPreKey: { keyId: number; publicKey: Uint8Array; signature: Uint8Array };
      preKey?: { keyId: number; publicKey: Uint8Array };
    }): Promise<void>;
  }
}

export {};
