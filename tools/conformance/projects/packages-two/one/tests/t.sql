select * from {{ ref('o') }} where false
