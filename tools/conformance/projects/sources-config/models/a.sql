select * from {{ source('src','renamed') }} union all select * from {{ source('src','plain') }}
