/** Whose desks somebody may work at, by their duties. */
import { AREAS } from '$lib/areas.ts';
import { holds, type Duty, type Grant } from '$rooms/identity/model.ts';

const DUTY = 'shelter-desk' as Duty;

export const municipalities = (duties: readonly Grant[]): string[] => AREAS.map(({ code }) => code).filter((code) => holds(duties, DUTY, `municipality:${code}`));
