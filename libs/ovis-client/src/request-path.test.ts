import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidCustomerIdError } from './errors.ts';
import { customerPath, pageQuery, pathSegment } from './request-path.ts';

describe(pathSegment, () => {
  test.each([
    ['/../', '%2F..%2F'],
    ['%00', '%2500'],
    ['\u0000', '%00'],
    [`'"`, '%27%22'],
    ['a b?c#d', 'a%20b%3Fc%23d'],
    ['%2e%2e', '%252e%252e'],
    ['ü', '%C3%BC'],
  ])('encodes %j as %s', (id, segment) => {
    expect(pathSegment(id)).toBe(segment);
  });

  test.each([
    ['an empty id', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a lone surrogate', 'a\ud800'],
    ['a long id', 'x'.repeat(1025)],
  ])('refuses %s without repeating it', (_what, id) => {
    expect(() => pathSegment(id)).toThrow(InvalidCustomerIdError);
  });

  test('stays one segment below the customers, and decodes to the id, for every id that it takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }), (id) => {
        fc.pre(id !== '.' && id !== '..');
        const { pathname } = new URL(customerPath(id, 'hierarchy'), 'http://shard');
        const segments = pathname.split('/');
        expect(segments.slice(0, 4)).toEqual(['', 'api', 'v1', 'customers']);
        expect(segments).toHaveLength(6);
        expect(decodeURIComponent(segments[4] ?? '')).toBe(id);
      }),
    );
  });
});

describe(pageQuery, () => {
  test('leaves the cursor out on the first page and encodes it on others', () => {
    expect(pageQuery(10, null)).toBe('?limit=10');
    expect(pageQuery(10, 'a&limit=1+=/')).toBe('?limit=10&cursor=a%26limit%3D1%2B%3D%2F');
  });
});
