import { phoneOf } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { AckRule, EndingRule, FaultRule, LoginRule, QueryRule, UpgradeRule } from './rule.ts';

/** A rule in force, until it has been applied `times` times or is removed. */
export interface Fault {
  readonly id: number;
  readonly rule: FaultRule;
  /** How often it has been applied. */
  readonly hits: number;
  remove(): void;
}

/** What a rule is matched against. */
interface Target {
  readonly connection?: number;
  readonly account?: string;
  readonly to?: string;
  /** Id of the stanza. */
  readonly id?: string | undefined;
  /** Of a query. */
  readonly xmlns?: string | undefined;
}

const LARGEST_COUNT = 1000;

interface ActiveFault extends Fault {
  hits: number;
  /** How many events have matched the rule, whether or not it was applied. */
  matched: number;
}

/** The rules in force. Only the oldest matching rule is applied. */
export class Faults {
  readonly #ledger: Ledger;
  readonly #active = new Map<number, ActiveFault>();
  #count = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Throws `validation_error` when `account` or `to` is not a number, `conflict` when there are too many rules. */
  add(rule: FaultRule): Fault {
    if (this.#active.size >= LARGEST_COUNT)
      throw new SimulatorError('conflict', `there are already ${LARGEST_COUNT} fault rules; remove some`);
    this.#count += 1;
    const id = this.#count;
    const remove = () => void this.#active.delete(id);
    const fault: ActiveFault = { id, rule: normalised(rule), hits: 0, matched: 0, remove };
    this.#active.set(id, fault);
    return fault;
  }

  get(id: number): Fault | undefined {
    return this.#active.get(id);
  }

  list(): Fault[] {
    return [...this.#active.values()];
  }

  clear(): void {
    this.#active.clear();
  }

  forMessage(target: Target): AckRule | EndingRule | undefined {
    return this.#take(target, isMessageRule);
  }

  forLogin(target: Target): LoginRule | EndingRule | undefined {
    return this.#take(target, isLoginRule);
  }

  forQuery(target: Target): QueryRule | undefined {
    return this.#take(target, (rule) => rule.kind === 'query-error');
  }

  forUpgrade(): UpgradeRule | undefined {
    return this.#take({}, (rule) => rule.kind === 'upgrade-error');
  }

  #take<R extends FaultRule>(target: Target, isCandidate: (rule: FaultRule) => rule is R): R | undefined {
    for (const fault of this.#active.values()) {
      const { rule } = fault;
      if (!isCandidate(rule) || !matches(rule, target)) continue;
      fault.matched += 1;
      if (fault.matched < firstHit(rule)) continue;
      fault.hits += 1;
      if (fault.hits === lastHit(rule)) fault.remove();
      this.#ledger.append({
        kind: 'fault',
        connection: target.connection,
        fault: fault.id,
        rule: rule.kind,
        id: target.id,
      });
      return rule;
    }
    return undefined;
  }
}

function isMessageRule(rule: FaultRule): rule is AckRule | EndingRule {
  if (rule.kind === 'login-failure' || rule.kind === 'upgrade-error' || rule.kind === 'query-error') return false;
  return !('on' in rule) || rule.on !== 'login';
}

function isLoginRule(rule: FaultRule): rule is LoginRule | EndingRule {
  return rule.kind === 'login-failure' || ('on' in rule && rule.on === 'login');
}

function matches(rule: FaultRule, target: Target): boolean {
  const account = 'account' in rule ? rule.account : undefined;
  const to = 'to' in rule ? rule.to : undefined;
  const id = 'id' in rule ? rule.id : undefined;
  if ('xmlns' in rule && rule.xmlns !== target.xmlns) return false;
  return isOrAny(account, target.account) && isOrAny(to, target.to) && isOrAny(id, target.id);
}

function isOrAny(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual;
}

/** The number of the matching event to which the rule is first applied. */
function firstHit(rule: FaultRule): number {
  return ('nth' in rule ? rule.nth : undefined) ?? 1;
}

/** The number of hits after which the rule is removed; 1 for an `nth` rule without `times`. */
function lastHit(rule: FaultRule): number | undefined {
  return rule.times ?? ('nth' in rule && rule.nth !== undefined ? 1 : undefined);
}

/** Numbers and addresses are compared as digits, whatever their notation. */
function normalised(rule: FaultRule): FaultRule {
  const result = { ...rule };
  if ('account' in result && result.account !== undefined) result.account = phoneOf(result.account, 'account');
  if ('to' in result && result.to !== undefined) result.to = chatOf(result.to);
  return result;
}

/** A chat in the form in which rules compare it: the digits of a number, or the address of a group. */
export function chatOf(jid: string): string {
  return jid.endsWith('@g.us') ? jid : phoneOf(jid, 'to');
}
