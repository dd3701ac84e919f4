{% macro opt(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{{ varargs | join(',') }}{% for k, v in kwargs.items() %}{{ k }}{{ v }}{% endfor %}{% endmacro %}
{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}
{% macro ret() %}{{ return([1, {'k': (2, 3)}]) }}{% endmacro %}
{% macro rec(n) %}{% if n > 0 %}{{ n }}{{ rec(n - 1) }}{% endif %}{% endmacro %}
