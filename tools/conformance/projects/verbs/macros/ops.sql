{% macro make_note(text) %}{% do run_query('create table if not exists ' ~ target.schema ~ '.notes (t text)') %}{% do run_query("insert into " ~ target.schema ~ ".notes values ('" ~ text ~ "')") %}{% endmacro %}
{% macro failing() %}{% do exceptions.raise_compiler_error('no') %}{% endmacro %}
