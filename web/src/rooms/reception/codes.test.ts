import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex } from '$lib/bytes.ts';
import { paperCode, tokenGroups } from '$lib/seal/token.ts';
import { cardToken, headcount, isReceiptNumber, readCode, receiptNumber, subjectOf } from './codes.ts';
import { Wedge } from './wedge.ts';

const TOKEN = fromHex('0123456789abcdef0123456789abcdef');

describe('codes', () => {
  it('a paper code, scanned or typed, is the same household everywhere', async () => {
    const subject = await subjectOf(TOKEN);
    expect(subject).toMatch(/^[0-9a-f]{32}$/);
    for (const text of [paperCode(TOKEN), paperCode(TOKEN).toLowerCase(), paperCode(TOKEN).replace(':', '+'), tokenGroups(TOKEN)]) {
      expect(await readCode(text), text).toEqual({ of: 'paper', send: paperCode(TOKEN), subject });
    }
  });
  it('a chip card counts only from a reader, and its number is not sent', async () => {
    expect(await readCode('04a1b2c3d4e5f6')).toBeUndefined();
    const card = await readCode('04a1b2c3d4e5f6', true);
    expect(card).toMatchObject({ of: 'card', subject: await subjectOf(await cardToken('04A1B2C3D4E5F6')) });
    expect(card?.send).not.toContain('A1B2C3');
  });
  it('garbage is no code', async () => {
    for (const text of ['', 'M1:', 'M1:000', 'M2:ABC', 'https://example.jp', '八戸', '𩸽👨‍👩‍👧', `M1:${'Z'.repeat(27)}`, '123456789']) expect(await readCode(text, true), text).toBeUndefined();
  });
  it('a number alone is a count of people', () => {
    expect([headcount('3'), headcount('１２'), headcount(' 120 '), headcount('0'), headcount('1234'), headcount('3人'), headcount('')]).toEqual([3, 12, 120, undefined, undefined, undefined, undefined]);
  });
  it('a household has a short number for paper', () => {
    expect(receiptNumber('00000000000000000000000000000000')).toBe('000-000');
    expect(receiptNumber('ffffffff000000000000000000000000')).toBe('ZZZ-ZZZ');
    expect(['abc def', 'ＡＢＣ-ＤＥＦ', 'o1l-234'].map(isReceiptNumber)).toEqual(['ABC-DEF', 'ABC-DEF', '011-234']);
    expect(['八戸一郎太郎', 'abcd', 'ABCUEF'].map(isReceiptNumber)).toEqual([undefined, undefined, undefined]);
  });
});

describe('a scanner that acts as a keyboard', () => {
  let read: string[] = [];
  let stop: () => void;
  let at = 0;
  const field = document.createElement('input');
  const press = (key: string, gap: number, more: KeyboardEventInit = {}): boolean => {
    at += gap;
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
    Object.defineProperty(event, 'timeStamp', { value: at });
    const goes = field.dispatchEvent(event);
    if (goes && key.length === 1) field.value += key;
    return goes;
  };
  const type = (text: string, gap: number) => [...text].forEach((letter) => press(letter, gap));

  beforeEach(() => {
    vi.useFakeTimers();
    document.body.append(field);
    field.value = '';
    field.focus();
    at += 10_000;
    read = [];
    stop = new Wedge((code) => read.push(code)).listen();
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it('is heard in any field, and leaves the field as it was', () => {
    type('八', 300);
    at += 300;
    type('M1:0123456789', 8);
    expect(press('Enter', 8)).toBe(false);
    expect(read).toEqual(['M1:0123456789']);
    expect(field.value).toBe('八');
  });
  it('hands are never taken for one, not even quick ones', () => {
    for (const gap of [60, 100, 200]) {
      field.value = '';
      type('S450312', gap);
      expect(press('Enter', gap)).toBe(true);
      expect(field.value).toBe('S450312');
    }
    press('a', 200, { repeat: true });
    expect(read).toEqual([]);
  });
  it('a reader without Enter counts when it looks like a code, and a quick word does not', () => {
    type('0123456789ABCDEF', 5);
    vi.advanceTimersByTime(200);
    expect(read).toEqual(['0123456789ABCDEF']);
    at += 1_000;
    type('hachinohe', 20);
    vi.advanceTimersByTime(200);
    expect(read).toHaveLength(1);
    expect(field.value).toBe('hachinohe');
  });
  it('a busy computer may stumble within a code of ours', () => {
    type('M1:01234', 8);
    at += 300;
    type('56789', 8);
    expect(press('Enter', 200)).toBe(false);
    type('M', 8);
    at += 200;
    type('1:0123456789', 8);
    press('Enter', 8);
    expect(read).toEqual(['M1:0123456789', 'M1:0123456789']);
    expect(field.value).toBe('');
    at += 1_000;
    type('M1:0123456789', 200);
    expect(press('Enter', 200)).toBe(true);
    expect(read).toHaveLength(2);
  });
  it('is understood while a Japanese input method holds the keys', () => {
    for (const [key, code] of [['M', 'KeyM'], ['1', 'Digit1'], [':', 'Semicolon'], ['A', 'KeyA'], ['B', 'KeyB'], ['7', 'Numpad7']] as const) press('Process', 8, { code: code || key });
    press('Enter', 8);
    expect(read).toEqual(['M1:AB7']);
  });
});
