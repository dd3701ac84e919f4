select * from {{ ref('below_below') }}
