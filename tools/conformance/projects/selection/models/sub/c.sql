select * from {{ ref('b') }} union all select * from {{ source('raw','t') }}
