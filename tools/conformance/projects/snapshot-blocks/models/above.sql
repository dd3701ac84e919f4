select id, v, dbt_valid_to is null as current from {{ ref('s1') }}
