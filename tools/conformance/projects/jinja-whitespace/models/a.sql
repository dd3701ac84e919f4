select
  $q$a{%- if true %} b {% endif -%} c$q$ as c01,
  $q$a {{- ' b ' -}} c$q$ as c02,
  $q$x{# gone #}y{#- gone too -#} z$q$ as c03,
  $q${% raw %}{{ not }} {% rendered %}{% endraw %}$q$ as c04,
  $q${%- for i in [1, 2] %}
  {{ i }}
{%- endfor %}$q$ as c05,
  $q${% for i in [1, 2] -%}
  {{ i }}
{% endfor %}|$q$ as c06,
  $q$  {%+ if true %}x{% endif +%}
 y$q$ as c07,
  $q${% if true %}
1
{% endif %}
2$q$ as c08,
  $q${{ '{{' }} {{ '}}' }} {{ '{%' }} {{ "#}" }}$q$ as c09,
  $q${% set x %}
  in block  
{% endset %}[{{ x }}][{{ x | trim }}]$q$ as c10,
  $q${%- set y -%}
  tight  
{%- endset -%}[{{ y }}]$q$ as c11,
  $q${% filter upper %}shout {{ 'x' }}{% endfilter %}$q$ as c12,
  $q$\n \t {{ '\n' | length }} {{ 'a\\n' | length }}$q$ as c13,
  $q${{-1-}} {{ -1 }} {{ 1 -1 }} {{ [1,2,][0] }} {{ {'a':1,}.a }}$q$ as c14
