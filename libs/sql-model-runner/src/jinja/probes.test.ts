import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { asyncOutcomeOf, outcomeOf, scopeOf, type Outcome } from './testing/render.ts';

interface Probe extends Outcome {
  readonly group: string;
  readonly template: string;
}

const FOLDER = new URL('golden/', import.meta.url);
const context = JSON.parse(readFileSync(new URL('context.json', FOLDER), 'utf8')) as Record<string, unknown>;
const golden = JSON.parse(readFileSync(new URL('probes.json', FOLDER), 'utf8')) as { jinja2: string; probes: Probe[] };

/** Where the engine differs on purpose: what it gives, and why. */
const DIFFERENT: ReadonlyMap<string, Outcome> = new Map([
  // Attributes of Python's own objects do not exist here, so nothing has to be forbidden.
  ["{{ ''.__class__.__mro__ }}", { error: 'UndefinedError' }],
  ["{{ '{0.__class__}'.format('') }}", { error: 'AttributeError' }],
  // Taken although jinja2 does not: a comma at the end of a signature, a tuple of one as the target of a loop.
  ['{% macro m(a, b,) %}{{ a }}{{ b }}{% endmacro %}', { output: '' }],
  ['{% for x, in [[1], [2]] %}{{ x }}{% endfor %}', { output: '12' }],
  // One kind of error for an unknown filter or test, and for what no scope could render.
  ["{{ words | map('nope') | list }}", { error: 'TemplateAssertionError' }],
  ["{{ [1, 2] | select('nope') | list }}", { error: 'TemplateAssertionError' }],
  ['{% break %}', { error: 'TemplateSyntaxError' }],
  ["{% for i in [1] %}{% set loop = 'mine' %}{{ loop }}{% endfor %}", { error: 'TemplateSyntaxError' }],
]);

function expected({ template, output, error }: Probe): Outcome {
  return DIFFERENT.get(template) ?? (output === undefined ? { error: error ?? '' } : { output });
}

describe('the probes of golden/probes.txt give what jinja2 gives', () => {
  test.each(golden.probes)('$group: $template', async (probe) => {
    expect(outcomeOf(probe.template, scopeOf(context))).toEqual(expected(probe));
    expect(await asyncOutcomeOf(probe.template, scopeOf(context))).toEqual(expected(probe));
  });

  test('there are more than 250 of them, and the differences are among them', () => {
    expect(golden.probes.length).toBeGreaterThan(250);
    const templates = new Set(golden.probes.map((probe) => probe.template));
    expect([...DIFFERENT.keys()].filter((template) => !templates.has(template))).toEqual([]);
  });
});

const version = spawnSync('python3', ['-c', 'import jinja2; print(jinja2.__version__)'], {
  encoding: 'utf8',
}).stdout?.trim();

describe('Python’s jinja2 itself', () => {
  test.skipIf(version !== golden.jinja2)(
    `still gives the golden outcomes (skipped unless python3 has jinja2 ${golden.jinja2})`,
    () => {
      const run = spawnSync('python3', [fileURLToPath(new URL('render.py', FOLDER))], { encoding: 'utf8' });
      expect(run.stderr).toBe('');
      expect(JSON.parse(run.stdout)).toEqual(golden);
    },
  );
});
