/** The checkpoints of the desk's shelter: shared by its desks and its kit, the last known ones kept for when the line is cut. */
import { newId } from '$lib/ids.ts';
import { unreachable } from './api.ts';
import { desk } from './desk.svelte.ts';
import { standing, type Rule, type Said } from './handout.ts';
import { households } from './households.svelte.ts';
import { rules as ask } from './shelter.ts';

class Rules {
  #told = $state.raw<readonly Rule[]>([]);
  #of = $state<string | null>(null);
  all = $derived(standing(this.#of === desk.choice?.facility ? this.#told : [], households.written));

  async load(): Promise<void> {
    const { facility, disaster } = desk.choice ?? {};
    if (!facility || !disaster) return;
    const key = `rules.${disaster}.${facility}`;
    try {
      [this.#told, this.#of] = [await ask(facility, disaster), facility];
      await desk.keep(key, this.#told).catch(() => undefined);
    } catch (error) {
      if (!unreachable(error)) throw error;
      if (this.#of !== facility) [this.#told, this.#of] = [(await desk.kept<Rule[]>(key)) ?? [], facility];
    }
  }

  make(said: Said): Promise<unknown> {
    return households.write(undefined, 'rule', { other: newId(), rule: said });
  }

  end({ id, by, today: _, ...said }: Rule): Promise<unknown> {
    return households.write(undefined, 'rule', { other: id, rule: { ...said, ended: true }, causes: [by] });
  }
}

export const rules = new Rules();
