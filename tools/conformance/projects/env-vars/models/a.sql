{{ config(materialized=env_var('MAT', 'view')) }}
select '{{ env_var('ONE') }}' as a, '{{ env_var('NOT_THERE', 'dflt') }}' as b, {{ env_var('NUM', '5') | int + 1 }} as c, '{{ env_var('DBT_X', '') }}' as d
