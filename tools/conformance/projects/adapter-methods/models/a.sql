{%- set r = ref('base') -%}
{%- set cols = adapter.get_columns_in_relation(r) -%}
{%- set rel = adapter.get_relation(database=target.database, schema=target.schema, identifier='base') -%}
{%- set none_rel = adapter.get_relation(database=target.database, schema=target.schema, identifier='no_such') -%}
select $q${% for c in cols %}{{ c.name }}:{{ c.data_type }}:{{ c.dtype }}:{{ c.is_string() }}:{{ c.is_numeric() }}:{{ c.quoted }};{% endfor %}$q$ as cols,
 $q${{ rel.is_table if execute }} {{ rel.type if execute }} {{ none_rel is none }} {{ load_relation(ref('base')).type if execute }}$q$ as rel,
 $q${{ adapter.get_missing_columns(r, r) }}$q$ as missing, $q${{ adapter.check_schema_exists(target.database, 'nope') }} {{ adapter.check_schema_exists(target.database, target.schema) }}$q$ as schemas,
 $q${{ api.Relation.create(schema='s', identifier='i') }} {{ api.Relation.create(database='d', schema='s', identifier='i', type='view').is_view }}$q$ as created,
 $q${{ api.Column.create('n', 'int').name if false }}{{ api.Column('n', 'varchar', 5).data_type }} {{ api.Column.translate_type('string') }}$q$ as col, $q${{ adapter.quote_as_configured('x', 'identifier') }}$q$ as quoted,
 $q${{ dbt.get_quoted_csv(['a', 'b']) if false }}{{ get_quoted_csv(['a', 'b"']) if false }}$q$ as csv, $q${{ r.render() }} {{ r.without_identifier() }} {{ r.include(schema=false) }}$q$ as rendered, $q${{ adapter.get_columns_in_relation(r) | map(attribute='column') | list }}$q$ as names
