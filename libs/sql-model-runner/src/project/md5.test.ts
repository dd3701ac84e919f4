import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { md5 } from './md5.ts';

describe(md5, () => {
  test('is the digest of RFC 1321', () => {
    expect(md5('')).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(md5('message digest')).toBe('f96b697d7cb7938d525a2f31aaf161d0');
  });

  test('equals the one of OpenSSL on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(md5(text)).toBe(createHash('md5').update(new TextEncoder().encode(text)).digest('hex'));
      }),
    );
  });
});
