{%- set rel = adapter.get_relation(target.database, target.schema, 'codes') -%}
{%- set none_rel = adapter.get_relation(target.database, target.schema, 'not_there') -%}
-- depends_on: {{ ref('codes') }}
select '{{ rel.type if rel }}' as type, '{{ none_rel is none }}' as missing, '{{ rel.is_table if rel }}' as is_table,
'{% if rel %}{% for c in adapter.get_columns_in_relation(rel) %}{{ c.name }}:{{ c.data_type }}:{{ c.dtype }}:{{ c.is_string() }}:{{ c.is_number() }};{% endfor %}{% endif %}' as cols,
'{{ adapter.quote('a b') }}' as q, '{{ adapter.check_schema_exists(target.database, target.schema) if execute }}' as se, '{{ adapter.type() }}' as t, '{{ this.include(database=false) }}' as th, '{{ api.Relation.create(schema='x', identifier='y').render() }}' as rr
