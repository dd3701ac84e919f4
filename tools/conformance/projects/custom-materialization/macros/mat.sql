{% materialization log_table, adapter='postgres' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% if existing is none %}
    {% call statement('main') %}{{ get_create_table_as_sql(False, target_relation, sql) }}{% endcall %}
    {% do create_indexes(target_relation) %}
  {% else %}
    {%- set tmp = make_temp_relation(this) -%}
    {% do run_query(create_table_as(True, tmp, sql)) %}
    {%- set cols = adapter.get_columns_in_relation(tmp) | map(attribute='quoted') | join(', ') -%}
    {% call statement('main') %}insert into {{ target_relation }} ({{ cols }}) select {{ cols }} from {{ tmp }}{% endcall %}
  {% endif %}
  {% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=False)) %}
  {% do persist_docs(target_relation, model) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
