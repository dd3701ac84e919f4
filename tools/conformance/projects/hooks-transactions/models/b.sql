{{ config(pre_hook=before_begin("{{ note('b out') }}"), post_hook="{% if execute %}{{ note('b ' ~ this.name) }}{% endif %}") }}
-- depends_on: {{ ref('a') }}
select 1 as x
