import * as v from 'valibot';
import type { LinkCode, SessionLoad, SessionService, SessionView } from '../../../src/actors/api/session-service.ts';
import { done, type Outcome, refused } from '../../../src/domain/errors.ts';
import { UlidSchema } from '../../../src/domain/id-schemas.ts';
import { newSessionId } from '../../../src/domain/ids.ts';
import type { Assertion, Passkey } from '../../../src/domain/passkey.ts';
import type { InactiveStatus, SessionAddress, SessionSettings } from '../../../src/domain/session.ts';

const time = 1_700_000_000_000;
const qrLifeMs = 20_000;

/**
 * A registry that keeps its sessions in memory and follows the rules of the port. The other side of it is played by
 * the test: `showQr` and `link` are what WhatsApp and a phone would do.
 */
export class MemoryRegistry implements SessionService {
  readonly #sessions = new Map<string, SessionView>();
  readonly #qr = new Map<string, LinkCode>();
  /** What WhatsApp asks every session for. */
  asked: Passkey | null = null;

  async create(input: Parameters<SessionService['create']>[0]): Promise<Outcome<SessionView>> {
    const { organization, createdBy, settings, start } = input;
    const record: SessionView['record'] = {
      id: newSessionId(),
      organization,
      createdBy,
      settings,
      resting: start ? null : { status: 'stopped', reason: null, since: time },
      account: null,
      lastConnectedAt: null,
      createdAt: time,
      updatedAt: time,
    };
    return done(this.#put({ record, state: stateOf(start ? 'pairing' : 'stopped'), nodeId: 'node' }));
  }

  async list(organization: string, { after = '', limit }: { after?: string; limit: number }): Promise<SessionView[]> {
    const own = [...this.#sessions.values()].filter(({ record }) => record.organization === organization);
    return own.filter(({ record }) => record.id > after).slice(0, limit);
  }

  async find({ organization, session }: SessionAddress): Promise<SessionView | null> {
    // What is no id cannot become part of a key; a store throws then.
    const view = this.#sessions.get(v.parse(UlidSchema, session));
    return view?.record.organization === organization ? view : null;
  }

  async load({ settings }: SessionView['record']): Promise<SessionLoad> {
    return { queued: 0, tokens: settings.rateBurst, restriction: null };
  }

  async delete(address: SessionAddress): Promise<Outcome<null>> {
    return this.#with(address, ({ record }) => {
      this.#sessions.delete(record.id);
      return done(null);
    });
  }

  async watch(address: SessionAddress): Promise<Outcome<() => void>> {
    return this.#with(address, () => done(() => undefined));
  }

  async start(address: SessionAddress): Promise<Outcome<SessionView>> {
    return this.#with(address, (view) => done(this.#run(view)));
  }

  async stop(address: SessionAddress): Promise<Outcome<SessionView>> {
    return this.#with(address, (view) => done(this.#rest(view, 'stopped')));
  }

  async logout(address: SessionAddress): Promise<Outcome<SessionView>> {
    return this.#with(address, ({ record, state, nodeId }) =>
      done(this.#rest({ record: { ...record, account: null }, state, nodeId }, 'logged_out')),
    );
  }

  async qr(address: SessionAddress): Promise<Outcome<LinkCode>> {
    return this.#with(address, (view) => {
      if (view.record.account !== null) return refused({ code: 'conflict', message: 'the session is linked' });
      this.#run(view);
      const code = this.#qr.get(view.record.id);
      if (code !== undefined) return done(code);
      return refused({ code: 'not_found', message: 'there is no QR code yet', retryAfterMs: 1000 });
    });
  }

  async pairingCode(address: SessionAddress, _phone: string): Promise<Outcome<LinkCode>> {
    return this.#with(address, ({ record }) =>
      record.account === null
        ? done({ code: 'ABCD1234', expiresAt: time + qrLifeMs })
        : refused({ code: 'validation_error', message: 'the session is linked' }),
    );
  }

  async passkey(address: SessionAddress): Promise<Outcome<Passkey>> {
    return this.#with(address, () => {
      const { asked } = this;
      return asked === null ? refused({ code: 'conflict', message: 'no passkey is asked for' }) : done(asked);
    });
  }

  assertPasskey(address: SessionAddress, _assertion: Assertion): Promise<Outcome<Passkey>> {
    return this.passkey(address);
  }

  confirmPasskey(address: SessionAddress): Promise<Outcome<Passkey>> {
    return this.passkey(address);
  }

  async update(address: SessionAddress, changes: Partial<SessionSettings>): Promise<Outcome<SessionView>> {
    return this.#with(address, ({ record, state, nodeId }) =>
      done(this.#put({ record: { ...record, settings: { ...record.settings, ...changes } }, state, nodeId })),
    );
  }

  /** WhatsApp offers a code to scan. */
  showQr(session: string, code: string): void {
    this.#qr.set(session, { code, expiresAt: time + qrLifeMs });
  }

  /** A phone is linked. */
  link(session: string, phone: string): void {
    const view = this.#sessions.get(session);
    if (view === undefined) throw new Error(`no session ${session}`);
    const account = { jid: `${phone}@s.whatsapp.net`, lid: null, phone };
    this.#put({ record: { ...view.record, resting: null, account }, state: stateOf('connected'), nodeId: 'node' });
  }

  #run({ record, state, nodeId }: SessionView): SessionView {
    if (record.resting === null) return { record, state, nodeId };
    const status = record.account === null ? 'pairing' : 'connecting';
    return this.#put({ record: { ...record, resting: null }, state: stateOf(status), nodeId: 'node' });
  }

  #rest({ record }: SessionView, status: InactiveStatus): SessionView {
    const resting = { status, reason: null, since: time };
    return this.#put({ record: { ...record, resting }, state: stateOf(status), nodeId: 'node' });
  }

  #put(view: SessionView): SessionView {
    this.#sessions.set(view.record.id, view);
    return view;
  }

  async #with<T>(address: SessionAddress, act: (view: SessionView) => Outcome<T>): Promise<Outcome<T>> {
    const view = await this.find(address);
    return view === null ? refused({ code: 'not_found', message: 'no such session' }) : act(view);
  }
}

function stateOf(status: SessionView['state']['status']): SessionView['state'] {
  return { status, since: time, reason: null, nextAttemptAt: null };
}
