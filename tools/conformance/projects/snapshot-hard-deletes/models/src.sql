{{ config(materialized='table') }}
select * from (values (1, 'a'), (2, 'b'){% if not var('less', false) %}, (3, 'c'){% endif %}) as t (id, v)
