import { ModelRunnerError } from '../../errors.ts';
import { named, textOf } from '../call-arguments.ts';
import {
  callValueSync,
  hostFunction,
  hostObject,
  toHost,
  toText,
  type CallArguments,
  type Value,
} from '../template-engine.ts';

const FLAGS = { IGNORECASE: 2, I: 2, MULTILINE: 8, M: 8, DOTALL: 16, S: 16, VERBOSE: 64, X: 64 } as const;

/** `modules.re`: Python's expressions as far as they mean the same here. */
export function regexModule(): Value {
  const method = (name: string, run: (pattern: RegExp, args: CallArguments) => unknown): readonly [string, Value] => [
    name,
    hostFunction(name, (args) => {
      const [pattern, ...rest] = args.positional;
      return run(compiled(pattern, args), { positional: rest, keyword: args.keyword });
    }),
  ];
  return hostObject({
    typeName: 'module',
    attributes: {
      ...FLAGS,
      ...Object.fromEntries(Object.entries(METHODS).map(([name, run]) => method(name, run))),
      compile: hostFunction('compile', (args) => patternValue(compiled(args.positional[0], args))),
      escape: hostFunction('escape', ({ positional: [text] }) => textOf(text).replaceAll(/[^\w]/gu, '\\$&')),
    },
  });
}

const METHODS: Readonly<Record<string, (pattern: RegExp, args: CallArguments) => unknown>> = {
  search: (pattern, { positional: [text] }) => matchValue(pattern.exec(textOf(text))),
  match: (pattern, { positional: [text] }) => matchValue(anchored(pattern, '').exec(textOf(text))),
  fullmatch: (pattern, { positional: [text] }) => matchValue(anchored(pattern, '$').exec(textOf(text))),
  findall: (pattern, { positional: [text] }) =>
    Array.from(textOf(text).matchAll(everywhere(pattern)), (match) =>
      match.length === 1
        ? match[0]
        : match.length === 2
          ? (match[1] ?? '')
          : match.slice(1).map((group) => group ?? ''),
    ),
  finditer: (pattern, { positional: [text] }) => Array.from(textOf(text).matchAll(everywhere(pattern)), matchValue),
  split: (pattern, { positional: [text] }) => textOf(text).split(pattern),
  sub: (pattern, args) => {
    const { repl, string, count } = named(args, ['repl', 'string', 'count']);
    let left = typeof count === 'number' && count > 0 ? count : Number.POSITIVE_INFINITY;
    return textOf(string).replaceAll(everywhere(pattern), (...match: unknown[]) => {
      const found = match as unknown as readonly string[];
      if ((left -= 1) < 0) return found[0] ?? '';
      if (typeof repl === 'string') return expanded(repl, match);
      const answer = callValueSync(repl ?? null, { positional: [matchValue(found)], keyword: new Map() });
      return toText(answer);
    });
  },
};

function patternValue(pattern: RegExp): Value {
  return hostObject({
    typeName: 'Pattern',
    host: pattern,
    attributes: {
      pattern: pattern.source,
      ...Object.fromEntries(
        Object.entries(METHODS).map(([name, run]) => [name, hostFunction(name, (args) => run(pattern, args))]),
      ),
    },
    isTrue: () => true,
  });
}

/** Longest expression that is compiled. */
const LONGEST = 10_000;

function compiled(value: Value | undefined, args: CallArguments): RegExp {
  const ready = (value as { readonly definition?: { readonly host?: unknown } } | undefined)?.definition?.host;
  if (ready instanceof RegExp) return ready;
  const text = textOf(value);
  const given = args.keyword.get('flags') ?? args.positional.find((arg, index) => index > 0 && typeof arg === 'number');
  let bits = typeof given === 'number' ? given : 0;
  const source = text
    .replace(/^\(\?([imsx]+)\)/u, (_, letters: string) => {
      for (const letter of letters) bits |= FLAGS[letter.toUpperCase() as 'I'];
      return '';
    })
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/gu, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  const flags = `${bits & 2 ? 'i' : ''}${bits & 8 ? 'm' : ''}${bits & 16 ? 's' : ''}`;
  try {
    if (source.length > LONGEST) throw new SyntaxError('it is too long');
    // Python lets needless escapes stand, the strict mode of JavaScript does not.
    return new RegExp(bits & 64 ? source.replaceAll(/\s+|#.*$/gmu, '') : source, flags);
  } catch (cause) {
    throw new ModelRunnerError(`the regular expression '${text}' cannot be used here: ${String(cause)}`, 'terminal', {
      cause,
    });
  }
}

function anchored(pattern: RegExp, end: string): RegExp {
  return new RegExp(`^(?:${pattern.source})${end}`, pattern.flags);
}

function everywhere(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`);
}

function expanded(template: string, match: readonly unknown[]): string {
  const groups = match.at(-1) as Readonly<Record<string, string>> | undefined;
  return template.replaceAll(/\\(?:(\d)|g<(\w+)>|(n|t))/gu, (_, index?: string, name?: string, escape?: string) => {
    if (escape !== undefined) return escape === 'n' ? '\n' : '\t';
    if (index !== undefined) return textAt(match, Number(index));
    return /^\d+$/u.test(name ?? '') ? textAt(match, Number(name)) : (groups?.[name ?? ''] ?? '');
  });
}

function textAt(match: readonly unknown[], at: number): string {
  const text = match[at];
  return typeof text === 'string' ? text : '';
}

function matchValue(match: readonly (string | undefined)[] | RegExpExecArray | null): Value {
  if (match === null) return null;
  const found = match as RegExpExecArray;
  const groupAt = (key: Value | undefined): string | null =>
    typeof key === 'string' ? (found.groups?.[key] ?? null) : (found[Number(toHost(key ?? 0))] ?? null);
  const from = found.index ?? 0;
  return hostObject({
    typeName: 'Match',
    attributes: {
      group: hostFunction('group', ({ positional }) =>
        positional.length > 1 ? positional.map(groupAt) : groupAt(positional[0]),
      ),
      groups: hostFunction('groups', () => found.slice(1).map((group) => group ?? null)),
      groupdict: hostFunction('groupdict', () => ({ ...found.groups })),
      start: hostFunction('start', () => from),
      end: hostFunction('end', () => from + (found[0]?.length ?? 0)),
      span: hostFunction('span', () => [from, from + (found[0]?.length ?? 0)]),
    },
    item: groupAt,
    isTrue: () => true,
  });
}
