/** What somebody answers about their household: on this device alone, until the tab is closed. Nothing of it is sent. */
import type { Document } from '$lib/live/documents.svelte.ts';
import { settings } from '$lib/settings.svelte.ts';
import { decide, PEOPLE } from './decide.ts';
import { Dictionary, readFacts, type Facts } from './facts.ts';
import { inForce, matchAll, type InForce, type Matched } from './match.ts';
import { nextQuestion, same } from './question.ts';
import type { Answers, AttributesDocument, Given, Missing, Profile, ProgrammesDocument, Topic } from './types.ts';

const PLACE = 'mamori.support';
interface Kept {
  topic: Topic;
  profile: Profile;
  /** Questions that were asked, the answered and the passed over ones, in order. */
  asked: Missing[];
}
const fresh = (topic: Topic): Kept => ({ topic, profile: { household: {}, people: [], complete: false }, asked: [] });

let kept = $state<Kept>(read() ?? fresh('family'));

export const support = {
  get topic() {
    return kept.topic;
  },
  get profile() {
    return kept.profile;
  },
  get asked() {
    return kept.asked;
  },
};

export function begin(topic: Topic): void {
  kept = fresh(topic);
  if (settings.area) kept.profile.household.municipality = settings.area;
  write();
}

/** Takes an answer; `undefined` is "I do not know". */
export function give(question: Missing, given: Given | undefined): void {
  const answers: Answers | undefined = question.person === null ? kept.profile.household : kept.profile.people[question.person];
  if (answers && given === undefined) delete answers[question.attribute];
  else if (answers && given !== undefined) answers[question.attribute] = given;
  passed(question);
}

/** The list of people, and whether it is everybody. */
export function givePeople(people: Answers[], complete: boolean): void {
  kept.profile.people = people;
  kept.profile.complete = complete;
  passed({ attribute: PEOPLE, person: null });
}

function passed(question: Missing): void {
  kept.asked = [...kept.asked.filter((each) => !same(each, question)), { ...question }];
  write();
}

/** Goes back to the question before; what was answered stays to be changed. */
export function back(): Missing | undefined {
  const last = kept.asked.at(-1);
  kept.asked = kept.asked.slice(0, -1);
  write();
  return last;
}

export function forget(): void {
  kept = fresh(kept.topic);
  write();
}

export interface Known {
  dictionary: Dictionary;
  programmes: InForce[];
}

/** Dictionary and programmes, once the documents are here. */
export function known(attributes: AttributesDocument | undefined, documents: (Document<ProgrammesDocument> | undefined)[], on: string): Known | undefined {
  const here = documents.flatMap((document) => (document?.data ? [document.data] : []));
  if (!attributes || here.length === 0) return undefined;
  return { dictionary: new Dictionary(attributes.attributes), programmes: inForce(here, on) };
}

/** The next question: home and people first, then whatever settles most; `undefined` when nothing is left to ask. */
export function nextOf({ dictionary, programmes }: Known, state: { topic: Topic; profile: Profile; asked: Missing[] }, on: string): Missing | undefined {
  const first: Missing[] = [{ attribute: 'municipality', person: null }];
  if (state.topic === 'family') first.push({ attribute: PEOPLE, person: null });
  const open = first.find((one) => !state.asked.some((each) => same(each, one)) && !(one.attribute === 'municipality' && state.profile.household.municipality !== undefined));
  if (open) return open;
  const facts = readFacts(dictionary, state.profile, on);
  const decisions = programmes.filter(({ content }) => content.topic === state.topic).map(({ content }) => decide(dictionary, content.rule, facts, on));
  return nextQuestion(dictionary, decisions, state.asked);
}

/** Every programme of the topic with its answer. */
export function results({ dictionary, programmes }: Known, topic: Topic, profile: Profile, on: string): { matched: Matched[]; facts: Facts } {
  const facts = readFacts(dictionary, profile, on);
  return { matched: matchAll(dictionary, programmes, facts, on).filter(({ content }) => content.topic === topic), facts };
}

function read(): Kept | undefined {
  try {
    const text = sessionStorage.getItem(PLACE);
    return text ? (JSON.parse(text) as Kept) : undefined;
  } catch {
    return undefined;
  }
}

function write(): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // Private windows and full disks refuse: the answers then last as long as the page.
  }
}
