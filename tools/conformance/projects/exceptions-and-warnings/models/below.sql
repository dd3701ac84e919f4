select * from {{ ref('raised') }}
