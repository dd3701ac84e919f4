import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compileTemplate,
  JinjaError,
  literalEval,
  renderNative,
  returnFunction,
  toPython,
  toText,
  type Scope,
  type Value,
} from './index.ts';

const FOLDER = new URL('golden/', import.meta.url);
const { probes } = JSON.parse(readFileSync(new URL('probes.json', FOLDER), 'utf8')) as {
  probes: { template: string }[];
};
const context = Object.entries(
  JSON.parse(readFileSync(new URL('context.json', FOLDER), 'utf8')) as Record<string, unknown>,
);
const templates = probes.map((probe) => probe.template);

/** Slowest answer that is not called a hang, in milliseconds; generous, as the machine may be busy. */
const HANG = 5_000;

function scope(): Scope {
  const values = new Map<string, Value>(context.map(([name, value]) => [name, toPython(value)]));
  values.set('return', returnFunction);
  return Object.assign(values, { limits: { work: 100_000 } });
}

const PIECES =
  String.raw`{{ }} {% %} {# #} - + ( ) [ ] { } | ~ . , : = == * ** % // ' " \ if else endif for in endfor set endset macro endmacro call endcall do raw
  endraw is not and loop caller() return(1) range(9) x 1 0.5 none __proto__ constructor € 😀`.split(/\s+/);
const piece = fc.constantFrom(...PIECES, ' ', '\n', '\u0000', '\ud800');

const VALUES = `'a' '%d' '{}' 1 -1 0 2.5 0.0 true none [] [1,"a"] (1,) {} {"a":1} missing range(3) config columns 10**30 dict 'a'.upper words|map("upper")`;
const OPERATORS = '+ - * / // % ** ~ < <= == != in not and or is | . if';
const FILTERS = `length sort first last join upper int float round abs sum min max list string unique tojson title trim indent items reverse default batch(2)
  dictsort wordwrap truncate pprint xmlattr urlencode groupby("a") format(1) striptags filesizeformat slice(2) replace(1,2)`;
const value = fc.constantFrom(...VALUES.split(' '));
const operator = fc.constantFrom(...OPERATORS.split(' '));
const filter = fc.constantFrom(...FILTERS.split(/\s+/));

/** A real template with a few places cut, doubled, swapped or filled with something else. */
const mutated = fc
  .tuple(
    fc.constantFrom(...templates),
    fc.constantFrom(...templates),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.array(piece, { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
  )
  .map(([start, other, edits]) => {
    let text = start;
    for (const [at, length, pieces] of edits) {
      const from = at % (text.length + 1);
      const inserted =
        pieces.length > 2 ? other.slice(at % (other.length + 1), (at % (other.length + 1)) + 40) : pieces.join('');
      text = text.slice(0, from) + inserted + text.slice(from + length);
    }
    return text;
  });

/** What came of one attempt. */
interface Attempt {
  readonly outcome: string;
  /** How the rules were broken; null: they were kept. */
  readonly problem: string | null;
}

/** Renders; an error has to be ours, with a place within the text, and no slip of JavaScript's. */
async function attempt(text: string, run: () => unknown): Promise<Attempt> {
  const start = performance.now();
  let outcome = '';
  let problem: string | null = null;
  try {
    outcome = toText((await run()) as Value);
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error;
    outcome = `${error.type}: ${error.reason}`;
    const lines = text.split(/\r\n|[\r\n]/).length;
    if (error.file !== 'fuzz.sql' || error.line === undefined || error.line < 1 || error.line > lines)
      problem = 'no place';
    if (/\bv\d+ is not|Cannot read prop|is not a function|Unexpected token|Invalid or unexpected/.test(error.message))
      problem = error.message;
  }
  return { outcome, problem: performance.now() - start > HANG ? 'a hang' : problem };
}

const options = {
  file: 'fuzz.sql',
  blockTags: { test: 'macro', materialization: 'options', snapshot: 'name', docs: 'raw' },
} as const;

const renderSync = (text: string): Promise<Attempt> =>
  attempt(text, () => compileTemplate(text, options).renderSync(scope()));

describe('any text is rendered, or refused with a place', () => {
  test('mutated templates, the same in both modes', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        const sync = await renderSync(text);
        const later = await attempt(text, () => compileTemplate(text, options).render(scope()));
        expect(sync.problem).toBeNull();
        expect(later).toEqual(sync);
      }),
      { numRuns: 800 },
    );
    expect.hasAssertions();
  });

  test('pieces of the language in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const text = pieces.join('');
        expect((await renderSync(text)).problem).toBeNull();
        expect((await attempt(text, () => renderNative(text, scope(), options))).problem).toBeNull();
      }),
      { numRuns: 800 },
    );
    expect.hasAssertions();
  });

  test('expressions of any operators, filters and values', async () => {
    await fc.assert(
      fc.asyncProperty(value, operator, value, filter, filter, async (a, sign, b, f, g) => {
        const texts = [
          `{{ (${a} ${sign} ${b}) | ${f} | ${g} }}`,
          `{{ ${a} | ${f} | ${g} }}`,
          `{{ (${a})[${b}] }}`,
          `{{ (${a})[${b}:] }}`,
          `{% for x in ${a} %}{{ x }}{% endfor %}`,
        ];
        const problems = await Promise.all(texts.map(async (text) => (await renderSync(text)).problem));
        expect(problems).toEqual([null, null, null, null, null]);
      }),
      { numRuns: 300 },
    );
    expect.hasAssertions();
  });

  test('any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        literalEval(text);
        const plain = text.replaceAll('{', '').replaceAll(/\r\n?/g, '\n').replace(/\n$/, '');
        expect(compileTemplate(text.replaceAll('{', ''), options).renderSync(scope())).toBe(plain);
      }),
    );
  });
});
