{% set names = ['a', 'b'] %}select {% for n in names %}(select max(x) from {{ ref('refs_of_many_kinds', n) }}) as {{ n }}{{ ', ' if not loop.last }}{% endfor %}
