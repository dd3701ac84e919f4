{{ config(materialized='materialized_view', persist_docs={'relation': true}) }}
select 1 as a
