select * from {{ ref('p') }} as p join {{ ref('c') }} as c on p.id = c.pid where p.id > 100
