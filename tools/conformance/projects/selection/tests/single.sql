select * from {{ ref('b') }} where id > 5
