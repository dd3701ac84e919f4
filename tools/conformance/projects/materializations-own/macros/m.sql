{% materialization counted, adapter='postgres' %}
{%- set target_relation = this.incorporate(type='table') -%}
{{ run_hooks(pre_hooks) }}
{% call statement('main') %}create table if not exists {{ target_relation }} as select 0 as runs, ({{ sql | length }} > 0) as has_sql{% endcall %}
{% call statement('more') %}update {{ target_relation }} set runs = runs + 1{% endcall %}
{{ run_hooks(post_hooks) }}
{% do persist_docs(target_relation, model) %}
{{ adapter.commit() }}
{{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization nothing, default %}
{% call noop_statement('main', 'OK', 'OK', 0) %}{% endcall %}
{{ return({'relations': []}) }}
{% endmaterialization %}
