import { ManualClock, SettingsError } from '@ovis/foundation';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseHttpSettings } from '../settings.ts';
import { PasswordChecker } from './check-password.ts';
import { isLocalHost, isSameSite } from './origin.ts';
import { hashPassword, isPassword, parsePasswordHash } from './password-hash.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { Sessions } from './sessions.ts';
import { parseUsers, type User } from './users.ts';

/** Of the password `correct horse battery`. */
let hash: string;

beforeAll(async () => {
  hash = await hashPassword('correct horse battery');
});

function userOf(entry: string): User {
  const [user] = parseUsers(entry);
  if (!user) throw new Error('there is no user');
  return user;
}

describe(hashPassword, () => {
  test('makes a hash that knows its password and no other', async () => {
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    const known = parsePasswordHash(hash);
    if (!known) throw new Error('the hash cannot be read');
    expect(await isPassword('correct horse battery', known)).toBe(true);
    expect(await isPassword('correct horse batterx', known)).toBe(false);
    expect(await isPassword('', known)).toBe(false);
  });

  test('reads a hash that another program has made', async () => {
    // From RFC 7914, section 12: password `pleaseletmein`, salt `SodiumChloride`, N 16384, r 8, p 1.
    const phc =
      '$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw';
    const known = parsePasswordHash(phc);
    expect(known !== null && (await isPassword('pleaseletmein', known))).toBe(true);
  });

  test('makes another one each time', async () => {
    expect(await hashPassword('correct horse battery')).not.toBe(hash);
  });
});

describe(parsePasswordHash, () => {
  test('refuses costs that are too low, or that would stop this process', () => {
    for (const cost of ['ln=10,r=8,p=1', 'ln=24,r=8,p=1', 'ln=15,r=99,p=1', 'ln=15,r=8,p=0', 'ln=15,r=8,p=99']) {
      expect(parsePasswordHash(`$scrypt$${cost}$c2FsdHNhbHQ5ODc2NTQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g`)).toBeNull();
    }
  });
});

describe(parseUsers, () => {
  test('reads users by commas and by lines', () => {
    const names = (text: string): readonly string[] => parseUsers(text).map(({ name, role }) => `${name} ${role}`);
    expect(names(`ada:operator:${hash},bob:viewer:${hash}`)).toEqual(['ada operator', 'bob viewer']);
    expect(names(`ada:operator:${hash}\nbob:viewer:${hash}\n`)).toEqual(['ada operator', 'bob viewer']);
    expect(names(`ada:operator:${hash},\n bob:viewer:${hash}`)).toEqual(['ada operator', 'bob viewer']);
    expect(names('')).toEqual([]);
  });

  test('says which entry is wrong, and shows none', () => {
    for (const wrong of [
      `bob:admin:${hash}`,
      'bob:viewer:secret',
      `ada:viewer:${hash}`,
      `bob:viewer:${hash}$`,
      'x'.repeat(500),
    ]) {
      const parse = (): unknown => parseUsers(`ada:operator:${hash},${wrong}`);
      expect(parse).toThrow(SettingsError);
      expect(parse).toThrow(/number 2/);
      expect(parse).not.toThrow(/secret|\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9]/);
    }
  });
});

describe(parseHttpSettings, () => {
  test('is for this machine alone by default', () => {
    expect(parseHttpSettings({})).toMatchObject({ host: '127.0.0.1', port: 8080, isLoopback: true, users: [] });
  });

  test('refuses to be reached from elsewhere without a login', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'scheduler.internal']) {
      expect(() => parseHttpSettings({ HTTP_HOST: host })).toThrow(/CONSOLE_USERS must be set/);
      const settings = parseHttpSettings({ HTTP_HOST: host, CONSOLE_USERS: `ada:operator:${hash}` });
      expect(settings).toMatchObject({ host, isLoopback: false });
    }
    expect(() => parseHttpSettings({ HTTP_HOST: '127.0.0.1.evil.example' })).toThrow(/CONSOLE_USERS/);
    expect(() => parseHttpSettings({ HTTP_HOST: 'http://x' })).toThrow(/HTTP_HOST/);
    expect(() => parseHttpSettings({ CONSOLE_SESSION_KEY: 'short' })).toThrow(/CONSOLE_SESSION_KEY/);
  });
});

describe(PasswordChecker, () => {
  test('finds the user, and turns away more logins than it can check', async () => {
    const checker = new PasswordChecker(parseUsers(`ada:operator:${hash}`));
    expect(await checker.check('ada', 'correct horse battery')).toMatchObject({ name: 'ada', role: 'operator' });
    expect(await checker.check('ada', 'wrong')).toBeNull();
    expect(await checker.check('nobody', '')).toBeNull();
    const many = await Promise.all(Array.from({ length: 18 }, () => checker.check('ada', 'wrong')));
    expect(many.filter((answer) => answer === 'busy')).toHaveLength(2);
  });
});

describe(Sessions, () => {
  const KEY = 'a key that is the same for all replicas';

  /** What the replicas share. */
  function inMemory(): EndedSessions {
    const ended = new Set<string>();
    return { has: (id) => Promise.resolve(ended.has(id)), add: (id) => Promise.resolve(void ended.add(id)) };
  }

  test('knows a token at any replica until its time is over', async () => {
    const clock = new ManualClock(new Date('2026-11-23T12:00:00Z'));
    const user = userOf(`ada:operator:${hash}`);
    const { token, expiresAt } = new Sessions([user], KEY, clock, inMemory()).begin(user);
    const replica = new Sessions([user], KEY, clock, inMemory());
    expect(await replica.find(token)).toEqual({ name: 'ada', role: 'operator', expiresAt });
    clock.set(new Date(expiresAt.getTime() - 1));
    expect(await replica.find(token)).not.toBeNull();
    clock.set(expiresAt);
    expect(await replica.find(token)).toBeNull();
  });

  test('takes no token after a logout at any replica, of another key, or of a user whose password or role has changed', async () => {
    const clock = new ManualClock(new Date('2026-11-23T12:00:00Z'));
    const user = userOf(`ada:operator:${hash}`);
    const ended = inMemory();
    const sessions = new Sessions([user], KEY, clock, ended);
    const { token } = sessions.begin(user);
    expect(await new Sessions([user], `${KEY}!`, clock, ended).find(token)).toBeNull();
    expect(await new Sessions([userOf(`ada:viewer:${hash}`)], KEY, clock, ended).find(token)).toBeNull();
    const changed = userOf(`ada:operator:${await hashPassword('another one')}`);
    expect(await new Sessions([changed], KEY, clock, ended).find(token)).toBeNull();
    expect(await new Sessions([], KEY, clock, ended).find(token)).toBeNull();
    const replica = new Sessions([user], KEY, clock, ended);
    expect(await replica.find(token)).not.toBeNull();
    await sessions.end(token);
    expect(await sessions.find(token)).toBeNull();
    expect(await replica.find(token)).toBeNull();
  });

  test('takes no token in which anything was changed', async () => {
    const clock = new ManualClock(new Date('2026-11-23T12:00:00Z'));
    const user = userOf(`ada:operator:${hash}`);
    const sessions = new Sessions([user], KEY, clock, inMemory());
    const { token } = sessions.begin(user);
    const changes = fc.record({ at: fc.nat(token.length - 1), to: fc.constantFrom('A', 'a', '0', '_', '-', '.', '9') });
    await fc.assert(
      fc.asyncProperty(changes, async ({ at, to }) => {
        const changed = token.slice(0, at) + to + token.slice(at + 1);
        // The last character of base64 may hold bits that nobody reads.
        if (
          Buffer.from(changed.slice(-43), 'base64url').equals(Buffer.from(token.slice(-43), 'base64url')) &&
          at > token.length - 44
        )
          return;
        expect(changed === token || (await sessions.find(changed)) === null).toBe(true);
      }),
    );
    for (const nonsense of ['', '.', '...', 'a.b.c.d', token.repeat(50)])
      expect(await sessions.find(nonsense)).toBeNull();
  });
});

describe(isSameSite, () => {
  test('believes what browsers say of a request, and compares the origin where they do not', () => {
    expect(isSameSite({ 'sec-fetch-site': 'same-origin', host: 'a.example' })).toBe(true);
    expect(isSameSite({ 'sec-fetch-site': 'none' })).toBe(true);
    expect(isSameSite({ 'sec-fetch-site': 'cross-site', origin: 'https://a.example', host: 'a.example' })).toBe(false);
    expect(isSameSite({ origin: 'https://a.example', host: 'A.example' })).toBe(true);
    expect(isSameSite({ origin: 'http://a.example:8080', host: 'a.example:8080' })).toBe(true);
    expect(isSameSite({ origin: 'http://a.example:8081', host: 'a.example:8080' })).toBe(false);
    expect(isSameSite({ origin: 'null', host: 'a.example' })).toBe(false);
    // No browser: nobody else's cookie.
    expect(isSameSite({ host: 'a.example' })).toBe(true);
  });
});

describe(isLocalHost, () => {
  test('is a name of this machine, with any port', () => {
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080', 'LOCALHOST']) {
      expect(isLocalHost(host)).toBe(true);
    }
    for (const host of [undefined, '', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:8080']) {
      expect(isLocalHost(host)).toBe(false);
    }
  });
});
