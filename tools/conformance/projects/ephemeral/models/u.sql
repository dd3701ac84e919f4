select * from {{ ref('e2') }}
