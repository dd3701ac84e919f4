import { describe, expect, test } from 'vitest';
import { questionsOf, readCursor, writeCursor } from './aggregate-cursor.ts';

const NIGHT = new Date('2026-03-01T03:00:00Z');

describe(questionsOf, () => {
  test('asks for the UTC day before, then for the days before that, metric by metric', () => {
    const questions = questionsOf(NIGHT, 2);
    expect(questions).toHaveLength(15);
    expect(questions.slice(0, 4)).toEqual([
      { metric: 'valveMovement', date: '2026-02-28' },
      { metric: 'valveMovement', date: '2026-02-27' },
      { metric: 'valveMovement', date: '2026-02-26' },
      { metric: 'temperature', date: '2026-02-28' },
    ]);
    expect(questionsOf(NIGHT, 0)).toHaveLength(5);
  });
});

describe(readCursor, () => {
  const all = questionsOf(NIGHT, 0);
  const fresh = { left: all, position: null, refused: [] };

  test('gives back what was written', () => {
    const cursor = {
      left: all.slice(2),
      position: { level: 'device', after: 'd-1' } as const,
      refused: ['rssi' as const],
    };
    expect(readCursor(writeCursor(cursor), all)).toEqual(cursor);
    expect(writeCursor({ ...cursor, left: [] })).toBeNull();
  });

  test.each([null, '', '{', '{"left":[]}', '{"left":[{"metric":"noise","date":"x"}],"position":null,"refused":[]}'])(
    'begins anew at %j',
    (text) => {
      expect(readCursor(text, all)).toEqual(fresh);
    },
  );
});
