select * from {{ source('s', 'odd') }}
