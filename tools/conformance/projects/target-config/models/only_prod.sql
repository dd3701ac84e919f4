{{ config(enabled=(target.name == 'prod')) }}
select 1 as x
