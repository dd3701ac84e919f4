{{ config(fail_calc='sum(n)', error_if='> 10', warn_if='> 5') }}
select n from {{ ref('a') }} where n < 8
