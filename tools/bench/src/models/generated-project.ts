import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Models of one folder, described by one properties file. */
const FOLDER_SIZE = 50;

/**
 * Writes a dbt project as they grow: staging models over sources, then layers of models that read one to three others, some with a configuration
 * of their own, some with macros; every model described, its key tested. The same number gives the same files.
 */
export async function writeGeneratedProject(folder: string, models: number): Promise<void> {
  const files = new Map<string, string>([
    ['dbt_project.yml', PROJECT],
    ['macros/money.sql', MACROS],
    ['models/sources.yml', SOURCES],
  ]);
  for (let first = 0; first < models; first += FOLDER_SIZE) {
    const numbers = Array.from({ length: Math.min(FOLDER_SIZE, models - first) }, (_, index) => first + index);
    const part = `models/part_${String(first / FOLDER_SIZE).padStart(3, '0')}`;
    for (const number of numbers) files.set(`${part}/${nameOf(number)}.sql`, modelOf(number));
    files.set(`${part}/schema.yml`, propertiesOf(numbers));
  }
  for (const [path, text] of files) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A project of `count` tables of one row each that read nothing: all its time is overhead. */
export async function writeTrivialProject(folder: string, count: number): Promise<void> {
  await mkdir(join(folder, 'models'), { recursive: true });
  await writeFile(join(folder, 'dbt_project.yml'), PROJECT.replace('+materialized: view', '+materialized: table'));
  for (let number = 0; number < count; number += 1)
    await writeFile(join(folder, 'models', `${nameOf(number)}.sql`), `select ${String(number)} as id\n`);
}

export function nameOf(number: number): string {
  return `model_${String(number).padStart(5, '0')}`;
}

const PROJECT = `name: generated
version: '1.0'
profile: generated
flags: {send_anonymous_usage_stats: false}
vars: {since: '2024-01-01'}
models:
  generated:
    +materialized: view
`;

const MACROS = `{% macro cents(column, digits=2) -%}
  round({{ column }} / 100.0, {{ digits }})
{%- endmacro %}
`;

const SOURCES = `sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        columns: [{name: id, data_tests: [not_null]}]
      - name: customers
`;

function modelOf(number: number): string {
  if (number % 10 === 0) {
    return `{{ config(materialized='table', tags=['staging']) }}

with source as (
    select * from {{ source('shop', '${number % 20 === 0 ? 'orders' : 'customers'}') }}
)

select
    id,
    {{ cents('amount') }} as amount,
    created_at
from source
where created_at >= '{{ var('since') }}'
`;
  }
  const parents = [number - 1 - (number % 7), Math.floor(number / 2), Math.floor(number / 10) * 10];
  const names = [...new Set(parents.filter((parent) => parent >= 0 && parent < number))].slice(0, 1 + (number % 3));
  return `-- What the model above it holds, joined with what lies beside it.
with
${names.map((parent, index) => `part_${String(index)} as (\n    select * from {{ ref('${nameOf(parent)}') }}\n)`).join(',\n')}

select
    part_0.id,
    part_0.amount{% if target.name == 'prod' %} * 1{% endif %} as amount,
    part_0.created_at
from part_0
${names
  .slice(1)
  .map((_, index) => `left join part_${String(index + 1)} on part_${String(index + 1)}.id = part_0.id`)
  .join('\n')}
`;
}

function propertiesOf(numbers: readonly number[]): string {
  const entries = numbers.map(
    (number) => `  - name: ${nameOf(number)}
    description: "Amounts of ${nameOf(number)}, one row an order."
    columns:
      - name: id
        description: The order.
        data_tests: [not_null]
      - name: amount
        description: What was paid, in euros.
      - name: created_at
`,
  );
  return `version: 2\n\nmodels:\n${entries.join('\n')}`;
}
