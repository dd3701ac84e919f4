{{ config(materialized='materialized_view', on_configuration_change='apply', indexes=[{'columns': [var('i', 'x')]}]) }}
select x, y from {{ ref('src') }}
