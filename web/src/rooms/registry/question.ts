/** The one question that would settle most. The same as the server's. */
import { PEOPLE } from './decide.ts';
import type { Dictionary } from './facts.ts';
import type { Decision, Missing } from './types.ts';

/** Shared among the questions that a programme still needs. */
const SHARE = 2_520;

export const same = (a: Missing, b: Missing): boolean => a.attribute === b.attribute && a.person === b.person;

export function nextQuestion(dictionary: Dictionary, decisions: readonly Pick<Decision, 'verdict' | 'missing'>[], skip: readonly Missing[]): Missing | undefined {
  const scores: { missing: Missing; score: number }[] = [];
  for (const { missing } of decisions.filter(({ verdict }) => verdict === 'check')) {
    const open = missing.filter((one) => !skip.some((each) => same(each, one)));
    const share = Math.floor(SHARE / Math.max(open.length, 1));
    for (const one of open) {
      const held = scores.find((each) => same(each.missing, one));
      if (held) held.score += share;
      else scores.push({ missing: one, score: share });
    }
  }
  const rank = ({ attribute }: Missing) => (attribute === PEOPLE ? -1 : dictionary.rank(attribute));
  scores.sort((a, b) => b.score - a.score || rank(a.missing) - rank(b.missing) || (a.missing.person ?? -1) - (b.missing.person ?? -1));
  return scores[0]?.missing;
}
