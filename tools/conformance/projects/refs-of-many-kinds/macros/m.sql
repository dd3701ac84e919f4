{% macro pick(n) %}{{ return(ref(n)) }}{% endmacro %}
{% macro union_of(names) %}{% for n in names %}select * from {{ ref(n) }}{% if not loop.last %} union all {% endif %}{% endfor %}{% endmacro %}
