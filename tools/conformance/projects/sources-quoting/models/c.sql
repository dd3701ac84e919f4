select * from {{ source('other', 'plain') }} union all select * from {{ source('vars', 't') }}
