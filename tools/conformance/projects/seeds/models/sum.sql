select sum(price) as total, count(*) as n from {{ ref('plain') }}
