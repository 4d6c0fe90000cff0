/** The pages of the form, one thing each, and which follows which. Pure. */
export const PERSON_STEPS = ['name', 'birth', 'health', 'support', 'daily', 'skills'] as const;
export const FAMILY_STEPS = ['persons', 'contact', 'shelters', 'pets', 'emergency', 'remarks', 'consents', 'review'] as const;

export type PersonStep = (typeof PERSON_STEPS)[number];
export type FamilyStep = (typeof FAMILY_STEPS)[number];
export type Step = PersonStep | FamilyStep;

export const isPersonStep = (step: string): step is PersonStep => (PERSON_STEPS as readonly string[]).includes(step);
export const isStep = (step: string): step is Step => isPersonStep(step) || (FAMILY_STEPS as readonly string[]).includes(step);

export interface At {
  step: Step;
  person?: string | undefined;
  /** Came from the review to mend one thing, and goes back there. */
  mending?: boolean | undefined;
}

export function href({ step, person, mending }: At): string {
  const query = new URLSearchParams();
  if (person && isPersonStep(step)) query.set('p', person);
  if (mending) query.set('then', 'review');
  return `/me/edit/${step}${query.size > 0 ? `?${query}` : ''}`;
}

/** A person's pages lead back to the list of the family; the family's pages lead to the review. */
export function after({ step, person, mending }: At): string {
  if (mending) return href({ step: 'review' });
  if (isPersonStep(step)) {
    const next = PERSON_STEPS[PERSON_STEPS.indexOf(step) + 1];
    return next ? href({ step: next, person }) : href({ step: 'persons' });
  }
  const next = FAMILY_STEPS[FAMILY_STEPS.indexOf(step) + 1];
  return next ? href({ step: next }) : '/me';
}

/** „2 of 8“, in the part of the form that one is in. */
export function place(step: Step): { at: number; of: number } {
  const steps: readonly Step[] = isPersonStep(step) ? PERSON_STEPS : FAMILY_STEPS;
  return { at: steps.indexOf(step) + 1, of: steps.length };
}
