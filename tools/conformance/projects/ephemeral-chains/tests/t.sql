select * from {{ ref('e2') }} where x > 5
