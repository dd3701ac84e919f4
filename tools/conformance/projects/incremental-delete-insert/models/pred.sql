{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert', incremental_predicates=["day > '2024-01-01'"]) }}
select id, v, day from {{ source('raw','events') }}
{% if is_incremental() %} where loaded > (select coalesce(max(run), 0) from {{ source('raw','marks') }}) {% endif %}
