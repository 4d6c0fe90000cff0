/** The answer for one household with its reasons, what it takes to settle it, and the amounts. The same as the server's. */
import { answer, hasRole, isElder, lines, oneOf, others, span, speaks, VERDICTS, type Answer, type At } from './answer.ts';
import { isSettled, type Dictionary, type Facts } from './facts.ts';
import type { Amount, Condition, Decision, Figure, Missing, Money, Reason, Rule, Source, Yen } from './types.ts';

/** The pseudo-attribute "is that everybody in the household?". */
export const PEOPLE = 'people';

export function decide(dictionary: Dictionary, rule: Rule, facts: Facts, on: string): Decision {
  const at: At = { dictionary, rule, facts, on };
  const said = answer(at, rule.condition, null);
  const telling = new Telling(at);
  telling.tell(rule.condition, null, said);
  return {
    verdict: VERDICTS[said] ?? 'check',
    reasons: telling.reasons,
    missing: telling.missing,
    amounts: said === 0 ? [] : (rule.amounts ?? []).map((amount) => yen(at, amount)),
  };
}

class Telling {
  readonly reasons: Reason[] = [];
  readonly missing: Missing[] = [];
  readonly #seen = new Set<string>();
  readonly #at: At;

  constructor(at: At) {
    this.#at = at;
  }

  /** Walks the branches that made a condition what it is. */
  tell(condition: Condition, person: number | null, said: Answer): void {
    const at = this.#at;
    if ('all' in condition) this.#parts(condition.all, person, said, 0);
    else if ('any' in condition) this.#parts(condition.any, person, said, 2);
    else if ('not' in condition) this.tell(condition.not, person, answer(at, condition.not, person));
    else if ('test' in condition) {
      const { attribute, value, source } = condition.test;
      this.#reason(attribute, null, person, said, source);
      if (said !== 1 || !speaks(source, at.on) || !at.dictionary.get(attribute)) return;
      this.#lacks(attribute, person);
      const by = typeof value === 'object' && !Array.isArray(value) ? value.by : undefined;
      if (by !== undefined && typeof value === 'object' && !Array.isArray(value) && lines(at, value, person)) this.#lacks(by, person);
    } else if ('someone' in condition) this.#someone(condition.someone.roles ?? [], Math.max(condition.someone.at_least ?? 1, 1), condition.someone.where, said);
    else if ('order' in condition) {
      this.#reason('birth', null, person, said, condition.order.source);
      if (said === 1 && person !== null && speaks(condition.order.source, at.on)) this.#order(condition.order.among, person);
    } else this.#reason(null, condition.ask.what, person, said, condition.ask.source);
  }

  /** One part is enough to tell why all is a no and why any is a yes. */
  #parts(parts: readonly Condition[], person: number | null, said: Answer, enough: Answer): void {
    for (const part of parts) {
      if (answer(this.#at, part, person) !== said) continue;
      this.tell(part, person, said);
      if (said === enough) return;
    }
  }

  #someone(roles: readonly string[], atLeast: number, body: Condition, said: Answer): void {
    let told = 0;
    this.#at.facts.people.forEach((_, person) => {
      if (oneOf(this.#at, roles, body, person) !== said || (said === 2 && told === atLeast)) return;
      told += 1;
      const role = hasRole(this.#at, roles, person);
      if (role === 1) this.#miss('role', person);
      if (role !== 0 && answer(this.#at, body, person) === said) this.tell(body, person, said);
    });
    if (said === 1 && !this.#at.facts.complete) this.#miss(PEOPLE, null);
  }

  #order(among: Condition, person: number): void {
    for (const other of others(this.#at, person)) {
      const counts = answer(this.#at, among, other);
      const elder = isElder(this.#at, other, person);
      if (Math.min(counts, elder) !== 1) continue;
      if (counts === 1) this.tell(among, other, counts);
      if (elder === 1) for (const who of [other, person]) this.#lacks('birth', who);
    }
    if (!this.#at.facts.complete) this.#miss(PEOPLE, null);
  }

  #lacks(id: string, person: number | null): void {
    if (isSettled(span(this.#at, id, person))) return;
    const attribute = this.#at.dictionary.get(id);
    this.#miss(attribute?.derived ?? id, attribute?.scope === 'person' ? person : null);
  }

  #miss(attribute: string, person: number | null): void {
    if (!this.missing.some((one) => one.attribute === attribute && one.person === person)) this.missing.push({ attribute, person });
  }

  #reason(attribute: string | null, what: Reason['what'], person: number | null, said: Answer, source: Source): void {
    const ofPerson = attribute === null || (this.#at.dictionary.get(attribute)?.scope ?? 'person') === 'person';
    const reason: Reason = { attribute, what, person: ofPerson ? person : null, said: VERDICTS[said] ?? 'check', source };
    const key = JSON.stringify([attribute, what, reason.person, said, source.text, source.law, source.url, source.from, source.until]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.reasons.push(reason);
  }
}

type Ends = readonly [least: number | null, most: number | null];
const NOTHING: Ends = [0, 0];
const added = (sum: number | null, more: number | null) => (sum === null || more === null ? null : sum + more);

function yen(at: At, amount: Amount): Yen {
  const { label, unit, each } = amount;
  if (!each) {
    const [least, most] = table(at, amount, null);
    return { label, unit, least, most };
  }
  let [least, most]: [number | null, number | null] = [0, 0];
  at.facts.people.forEach((_, person) => {
    const counts = oneOf(at, each.roles, each.where, person);
    if (counts === 0) return;
    const [low, high] = table(at, amount, person);
    if (counts === 2) least = added(least, low);
    most = added(most, high);
  });
  return { label, unit, least, most: at.facts.complete ? most : null };
}

/** Every line that may be the first one met. */
function table(at: At, amount: Amount, person: number | null): Ends {
  let found: Ends | undefined;
  for (const { when, money } of amount.rows) {
    const met = when ? answer(at, when, person) : 2;
    if (met === 0) continue;
    found = wider(found, money ? paid(at, money, person) : NOTHING);
    if (met === 2) return found;
  }
  return wider(found, NOTHING);
}

function wider(found: Ends | undefined, other: Ends): Ends {
  if (!found) return other;
  const both = (a: number | null, b: number | null, choose: (a: number, b: number) => number) => (a === null || b === null ? null : choose(a, b));
  return [both(found[0], other[0], Math.min), both(found[1], other[1], Math.max)];
}

function paid(at: At, money: Money, person: number | null): Ends {
  const end = (figure: Figure, choose: (...all: number[]) => number) => {
    const all = lines(at, figure, person);
    return all ? choose(...all) : null;
  };
  const [least, most] = [end(money.least, Math.min), end(money.most ?? money.least, Math.max)];
  if (money.times === undefined || !at.dictionary.get(money.times)) return [least, most];
  const [lo, hi] = span(at, money.times, person);
  return [least === null ? null : least * lo, most === null || hi === Infinity ? null : most * hi];
}
