{% set r = ref('a') %}select x, '{{ r.name }}' as n, '{{ r.identifier }}' as i from {{ r }} union all select x, '', '' from {{ pick('b') }}
