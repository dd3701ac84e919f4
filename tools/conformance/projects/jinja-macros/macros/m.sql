{% macro m1(a, b='d') %}{{ a }}-{{ b }}{% endmacro %}
{% macro va(a) %}{{ a }} {{ varargs }} {{ kwargs }}{% endmacro %}
{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}
{% macro each(items) %}{% for i in items %}{{ caller(i) }}{% endfor %}{% endmacro %}
{% macro fact(n) %}{{ return(1 if n < 2 else n * fact(n - 1)) }}{% endmacro %}
{% macro ret() %}{% do return({'a': [1, 2]}) %}{% endmacro %}
{% macro early(n) %}{% if n < 0 %}{{ return('negative') }}{% endif %}not negative{% endmacro %}
{% macro defaults(a=1, b=[1, 2], c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}
{% macro none_returned() %}{{ return(none) }}{% endmacro %}
{% macro nothing() %}{% endmacro %}
{% macro apply(f, x) %}{{ f(x) }}{% endmacro %}
{% macro looped(items) %}{% for i in items %}{% if i == 3 %}{{ return('found ' ~ i) }}{% endif %}{% endfor %}{% endmacro %}
