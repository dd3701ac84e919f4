select id
from (select * from "postgres"."analytics"."a" where id > 3) dbt_subquery
where id is null
