{{ config(grants={'select': var('to', ['reader'])}) }}
select 1 as x
