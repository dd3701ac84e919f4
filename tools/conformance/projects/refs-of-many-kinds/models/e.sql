-- depends_on: {{ ref('d') }}
{% if execute %}{% set n = run_query('select count(*) from ' ~ ref('d')).columns[0].values()[0] %}{% else %}{% set n = 0 %}{% endif %}select {{ n }} as n
