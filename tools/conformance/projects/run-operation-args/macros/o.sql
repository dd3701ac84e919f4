{% macro make(name, n=1, cols=['a']) %}{% do run_query('create table ' ~ target.schema ~ '.' ~ name ~ ' as select ' ~ n ~ ' as ' ~ cols | join(', ' ~ n ~ ' as ')) %}{% do adapter.commit() if false %}{% endmacro %}
{% macro schema_of_ones_own() %}{% do adapter.create_schema(api.Relation.create(database=target.database, schema='by_hand')) %}{% endmacro %}
{% macro boom() %}{{ exceptions.raise_compiler_error('no') }}{% endmacro %}
