const compiled = new Map<string, RegExp>();

/** Python's `fnmatch`: `*`, `?`, `[seq]`, `[!seq]`; the whole text must match, and `*` crosses slashes and dots. */
export function matchesGlob(text: string, pattern: string): boolean {
  return toRegExp(pattern, '[\\s\\S]*').test(text);
}

/** A path pattern: as {@link matchesGlob}, but `*` stays within a folder and `**` crosses them. */
export function matchesPath(path: string, pattern: string): boolean {
  return toRegExp(pattern, '[^/]*').test(path);
}

export function hasGlob(text: string): boolean {
  return /[*?[\]]/u.test(text);
}

function toRegExp(pattern: string, star: string): RegExp {
  const key = `${star}\u0000${pattern}`;
  const known = compiled.get(key);
  if (known) return known;
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '*') {
      const twice = pattern.charAt(at + 1) === '*';
      if (twice && pattern.charAt(at + 2) === '/') {
        source += '(?:[\\s\\S]*/)?';
        at += 2;
      } else if (twice) {
        source += '[\\s\\S]*';
        at += 1;
      } else source += star;
    } else if (char === '?') source += star.startsWith('[^/]') ? '[^/]' : '[\\s\\S]';
    else if (char === '[') {
      const end = pattern.indexOf(']', at + (pattern.charAt(at + 1) === '!' ? 3 : 2));
      if (end === -1) source += '\\[';
      else {
        const body = pattern
          .slice(at + 1, end)
          .replaceAll('\\', '\\\\')
          .replaceAll('[', '\\[')
          .replace(/^!/u, '^');
        source += `[${body}]`;
        at = end;
      }
    } else source += char.replaceAll(/[\\^$.|+(){}\]/]/gu, '\\$&');
  }
  let expression: RegExp;
  try {
    expression = new RegExp(`^${source}$`, 'u');
  } catch {
    expression = new RegExp(`^${pattern.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')}$`, 'u');
  }
  compiled.set(key, expression);
  return expression;
}
