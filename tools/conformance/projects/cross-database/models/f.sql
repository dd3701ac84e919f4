{% set x = dates_in_range('20240227', '20240301') %}select '{{ x | join(',') }}' as d
