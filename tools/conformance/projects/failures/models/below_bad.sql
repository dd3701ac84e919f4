select * from {{ ref('bad_table') }}
