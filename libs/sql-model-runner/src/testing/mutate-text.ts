/** One change to a text, as numbers: the same mutation of the same text gives the same. */
export interface Mutation {
  readonly kind: 'insert' | 'replace' | 'cut' | 'repeat' | 'end' | 'swap-lines' | 'indent';
  /** Where, in thousandths of the text. */
  readonly at: number;
  readonly length: number;
  readonly fragment: string;
}

/** What people type wrong, and what parsers stumble over, in YAML and Jinja. */
export const FRAGMENTS: readonly string[] = [
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '#}',
  '-%}',
  '{%-',
  "'",
  '"',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '|',
  '.',
  '~',
  '\\',

  ':',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\t',
  '#',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary x',
  '|\n',
  '>-\n',
  '---\n',
  '? ',
  '@',
  '%',

  '\u0000',
  '\uFEFF',
  '\u2028',
  '\uD83D',
  '😀',
  'é',
  '\r\n',
  '\r',
  'null',
  'true',
  '~',
  '3.0',
  '1e999',
  '-1',
  '0x1F',
  '2024-01-31',
  '[]',
  '{}',
  '""',
  '99999999999999999999',

  "{{ ref('a') }}",
  '{{ ref(1) }}',
  "{{ ref('nowhere') }}",
  "{{ source('a') }}",
  '{{ config(materialized=1) }}',
  '{{ this.x.y.z }}',

  '{{ self.x }}',
  '{{ none.x }}',
  '{{ 1 / 0 }}',
  '{{ [1][5] }}',
  "{{ 'a' + 1 }}",
  '{{ x | nofilter }}',
  '{{ 1 is notest }}',

  '{% for i in range(3) %}',
  '{% endfor %}',
  '{% if %}',
  '{% else %}',
  '{% endif %}',
  '{% set x %}',
  '{% raw %}',
  '{% block b %}',

  '{% macro m() %}',
  '{% endmacro %}',
  '{% call m() %}',
  '{% do 1 %}',
  '{% test t(model) %}',
  '{% snapshot s %}',
  '{% docs d %}',

  '{% for i in range(10 ** 9) %}{% endfor %}',
  '{% macro r() %}{{ r() }}{% endmacro %}{{ r() }}',
  "{{ 'x' * 10 ** 9 }}",

  '__proto__: 1',
  'constructor: {}',
  '\nmodels: 1\n',
  '\nversion: x\n',
  '\nname: 3\n',
  '- name: {}\n',
  '\n  - 1\n',
  'config: []',

  'data_tests: [unique]',
  'columns: x',
  'enabled: maybe',
  '+tags: {a: 1}',
  'tags: 5',
  'meta: 1',
  'materialized: [x]',
  'unique_key: {}',
];

/** The text with a change. */
export function mutate(text: string, { kind, at, length, fragment }: Mutation): string {
  const start = Math.floor((text.length * at) / 1000);
  const end = Math.min(text.length, start + length);
  const span = text.slice(start, end);
  switch (kind) {
    case 'insert':
      return text.slice(0, start) + fragment + text.slice(start);
    case 'replace':
      return text.slice(0, start) + fragment + text.slice(end);
    case 'cut':
      return text.slice(0, start) + text.slice(end);
    case 'repeat':
      return text.slice(0, end) + span + text.slice(end);
    case 'end':
      return text.slice(0, start);
    case 'swap-lines':
      return withLines(
        text,
        at,
        (lines, index) => ([lines[index], lines[index - 1]] = [lines[index - 1] ?? '', lines[index] ?? '']),
      );
    case 'indent':
      return withLines(
        text,
        at,
        (lines, index) => (lines[index] = ' '.repeat(length % 5) + (lines[index] ?? '').trimStart()),
      );
  }
}

function withLines(text: string, at: number, change: (lines: string[], index: number) => void): string {
  const lines = text.split('\n');
  const index = Math.floor((lines.length * at) / 1000);
  if (index > 0) change(lines, index);
  return lines.join('\n');
}
