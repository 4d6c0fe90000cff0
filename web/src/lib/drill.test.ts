import { expect, test } from 'vitest';
import { onOneLine } from './drill.ts';

test('a line says once that it is a drill', () => {
  expect(onOneLine(['【訓練】大雪警報', '【訓練】風雪注意報', '【訓練】なだれ注意報'], '、')).toBe('【訓練】大雪警報、風雪注意報、なだれ注意報');
  expect(onOneLine(['【訓練】[DRILL] Heavy snow warning', '【訓練】[DRILL] Avalanche advisory'], ', ')).toBe('【訓練】[DRILL] Heavy snow warning, Avalanche advisory');
});

test('a mark that the line does not begin with is never lost', () => {
  expect(onOneLine(['大雪警報', '【訓練】風雪注意報'], '、')).toBe('大雪警報、【訓練】風雪注意報');
  expect(onOneLine(['', '【訓練】大雪警報'], '、')).toBe('【訓練】大雪警報');
  expect(onOneLine([], '、')).toBe('');
});
