/** The statements of a unit test: inputs as rows, and the comparison of what came out with what is expected. */
export const UNIT_TESTS = String.raw`
{% macro validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}

{% macro unit_test_row(row, types, name) -%}
  {%- set cells = {} -%}
  {%- for given, value in row.items() -%}
    {%- set column = given | lower -%}
    {%- if column not in types -%}
      {{ exceptions.raise_compiler_error("Invalid column name: '" ~ column ~ "' in unit test fixture for " ~ name ~ "; accepted are: " ~ (types.keys() | join(', '))) }}
    {%- endif -%}
    {%- set type = types[column] -%}
    {%- if value is string and 'varying' in type -%}
      {%- set type = type.split('(')[0] -%}
    {%- endif -%}
    {%- if value is string -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
    {%- else -%}
      {%- set literal = 'null' if value is none else value -%}
    {%- endif -%}
    {%- do cells.update({column: safe_cast(literal, type)}) -%}
  {%- endfor -%}
  {{ return(cells) }}
{%- endmacro %}

{#- The rows of an input; columns that a row leaves out are null. -#}
{% macro unit_test_fixture(rows, types, quoted, name) -%}
  {%- if not types -%}
    {{ exceptions.raise_compiler_error("Not able to get columns for unit test '" ~ name ~ "' because the relation doesn't exist; build it first") }}
  {%- endif -%}
  {%- for row in (rows if rows else [{}]) -%}
    {%- set cells = unit_test_row(row, types, "'" ~ name ~ "'") -%}
select {% for column, type in types.items() %}{{ cells[column] if column in cells else safe_cast('null', type) }} as {{ quoted[column] }}{{ ', ' if not loop.last }}{% endfor %}
{{ 'union all' if not loop.last }}
  {% endfor -%}
  {{ 'limit 0' if not rows }}
{%- endmacro %}

{% macro unit_test_expected(rows, types, quoted) -%}
  {%- if not rows -%}
select * from dbt_internal_unit_test_actual limit 0
  {%- endif -%}
  {%- for row in rows -%}
    {%- set cells = unit_test_row(row, types, 'expected output') -%}
select {% for column, value in cells.items() %}{{ value }} as {{ quoted[column] }}{{ ', ' if not loop.last }}{% endfor %}
{{ 'union all' if not loop.last }}
  {% endfor -%}
{%- endmacro %}

{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{ adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names) }}
{%- endmacro %}

{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
with dbt_internal_unit_test_actual as (
  select {{ expected_column_names | join(', ') }}, 'actual' as "actual_or_expected"
  from (
{{ main_sql }}
  ) _dbt_internal_unit_test_actual
),
dbt_internal_unit_test_expected as (
  select {{ expected_column_names | join(', ') }}, 'expected' as "actual_or_expected"
  from (
{{ expected_fixture_sql }}
  ) _dbt_internal_unit_test_expected
)
select * from dbt_internal_unit_test_actual
union all
select * from dbt_internal_unit_test_expected
{%- endmacro %}
`;
