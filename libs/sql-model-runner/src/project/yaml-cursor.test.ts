import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProjectError } from '../errors.ts';
import { parseYaml } from './yaml-cursor.ts';

const failure = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ProjectError);
    return (error as Error).message;
  }
  return 'no error';
};

describe(parseYaml, () => {
  test('reads YAML 1.1 as dbt does: yes is true, dates stay texts, merge keys work', () => {
    const text = 'base: &base {a: yes}\nday: 2024-01-01\nmerged: {<<: *base, b: off}\nn: y\n';
    expect(parseYaml('a.yml', text).value).toEqual({
      base: { a: true },
      day: '2024-01-01',
      merged: { a: true, b: false },
      n: 'y',
    });
  });

  test('names line and column of a syntax error and of a repeated key', () => {
    expect(failure(() => parseYaml('a.yml', 'a: [1, 2\nb: 3\n'))).toMatch(/^a\.yml:2:1: this is not valid YAML/u);
    expect(failure(() => parseYaml('a.yml', 'a: 1\na: 2\n'))).toMatch(
      /^a\.yml:2:1: this is not valid YAML: Map keys must be unique/u,
    );
  });

  test('names line and column of an alias that no anchor explains', () => {
    expect(failure(() => parseYaml('a.yml', 'a: 1\nb: *nothing\n'))).toContain('a.yml:2:4: this is not valid YAML: ');
  });

  test('refuses a document that grows without bound', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'.split('').map((key, index) => {
        const before = String.fromCodePoint(97 + index);
        return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
      }),
    ].join('\n');
    expect(failure(() => parseYaml('a.yml', bomb))).toContain('this is not valid YAML');
  });

  test('gives a value or an error with a place, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', ':', ' ', '\n', '-', '[', ']', '{', '}', '&', '*', '"', '#', '!', '|'),
        }),
        (text) => {
          expect(failure(() => parseYaml('a.yml', text))).toMatch(
            /^(?:no error$|a\.yml(?::\d+:\d+)?: this is not valid YAML)/u,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a cursor', () => {
  const root = parseYaml('models/a.yml', 'models:\n  - name: a\n    columns:\n      - description: no name\n');

  test('says what stands there, what was expected, and where', () => {
    const column = root.get('models').get(0).get('columns').get(0);
    expect(failure(() => column.get('name').fail('the name'))).toBe(
      'models/a.yml:4:9: "models.0.columns.0.name" is missing; expected the name',
    );
    expect(failure(() => column.get('description').items())).toBe(
      'models/a.yml:4:9: "models.0.columns.0.description" is the text "no name"; expected a list',
    );
  });

  test('does not take what an object has by itself for a key', () => {
    expect(root.get('constructor').isMissing).toBe(true);
    expect(root.get('__proto__').isMissing).toBe(true);
  });
});
