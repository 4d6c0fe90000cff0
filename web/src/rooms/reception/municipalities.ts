/** Whose desks somebody may work at, by their duties. */
import { AREAS } from '$lib/areas.ts';
import { holds, type Grant } from '$rooms/identity/model.ts';

export const municipalities = (duties: readonly Grant[]): string[] => AREAS.map(({ code }) => code).filter((code) => holds(duties, 'shelter-desk', `municipality:${code}`));
