select * from {{ ref('al') }}
