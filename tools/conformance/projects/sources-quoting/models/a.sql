select * from {{ source('s', 'plain') }}
