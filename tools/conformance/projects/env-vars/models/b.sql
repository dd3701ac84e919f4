{{ config(enabled=(env_var('ON', 'false') | lower == 'true')) }}
select 1 as x
