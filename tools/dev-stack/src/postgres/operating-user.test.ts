import { describe, expect, test } from 'vitest';
import { DevStackError } from '../errors.ts';
import { chooseOperatingUser } from './operating-user.ts';

const ROOT = 'root:x:0:0:root:/root:/bin/bash';
const NOBODY = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin';
const POSTGRES = 'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash';

describe(chooseOperatingUser, () => {
  test('keeps an ordinary user as it is', () => {
    expect(chooseOperatingUser(1000, ROOT)).toBeNull();
  });

  test('lends root the best unprivileged account, in whatever order they stand', () => {
    expect(chooseOperatingUser(0, [ROOT, NOBODY, POSTGRES].join('\n'))).toEqual({ uid: 101, gid: 104 });
    expect(chooseOperatingUser(0, [ROOT, NOBODY].join('\n'))).toEqual({ uid: 65534, gid: 65534 });
  });

  test('never takes an account that is root by another name', () => {
    expect(() => chooseOperatingUser(0, [ROOT, 'postgres:x:0:0::/:/bin/sh'].join('\n'))).toThrow(DevStackError);
  });

  test('says what to do where no such account exists', () => {
    expect(() => chooseOperatingUser(0, ROOT)).toThrow('useradd --system postgres');
  });
});
