select * from {{ source('s', 'loose') }} union all select * from {{ source('s', 'Odd') }}
