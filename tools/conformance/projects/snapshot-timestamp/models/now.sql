select id, v from {{ ref('plain') }} where dbt_valid_to is null
