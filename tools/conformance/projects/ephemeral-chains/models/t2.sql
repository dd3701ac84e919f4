with mine as (select * from {{ ref('e2') }}), other as (select 1 as one) select * from mine, other
