select o.country, sum(o.amount) as amount, count(*) as n, max(day) as day, '{{ var('mark', 'none') }}' as mark from {{ ref('orders') }} o join {{ ref('codes') }} c on c.code = o.country group by 1
