{{ config(materialized='table', grants={'select': var('to', ['reader', 'reporter'])}) }}
select 1 as x
