select * from {{ source('raw', 'fresh') }}
