select 1/0 as id from {{ ref('good') }} where 1 = 1
