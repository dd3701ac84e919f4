with recursive r as (select x from {{ ref('e1') }} union all select x + 1 from r where x < 3) select * from r
