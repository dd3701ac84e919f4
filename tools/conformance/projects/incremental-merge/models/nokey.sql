{{ config(materialized='incremental', incremental_strategy='merge') }}
select id, v, day from {{ source('raw','events') }}
{% if is_incremental() %} where loaded > (select coalesce(max(run), 0) from {{ source('raw','marks') }}) {% endif %}
