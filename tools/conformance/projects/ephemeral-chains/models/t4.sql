/* with */ -- with
WITH q AS (select * from {{ ref('e2') }})
select * from q, {{ ref('t2') }}
