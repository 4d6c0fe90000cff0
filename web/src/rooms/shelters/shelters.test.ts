import { describe, expect, it } from 'vitest';
import { byState, people, share, type Line } from './model.ts';

const line = (name: string, state: Line['state']) => ({ name, state }) as Line;

describe('the board', () => {
  it('shows first what needs a look', () => {
    const lines = [line('う', null), line('い', 'closed'), line('あ', 'open'), line('え', 'full'), line('お', 'preparing')];
    expect(byState(lines).map(({ name }) => name)).toEqual(['え', 'あ', 'お', 'い', 'う']);
  });
  it('takes digits as they are typed, and never makes a count of nothing', () => {
    expect(people('１２０')).toBe(120);
    expect(people(' 1,371 ')).toBe(1371);
    expect(people('')).toBeNull();
    expect(people('約50')).toBeUndefined();
    expect(people('-3')).toBeUndefined();
  });
  it('knows how full a place is only when both numbers are known', () => {
    expect(share({ persons: 50, capacity: 200 })).toBe(0.25);
    expect(share({ persons: null, capacity: 200 })).toBeNull();
    expect(share({ persons: 50, capacity: null })).toBeNull();
  });
});
