select value_field, n_records
from (
  select id as value_field, count(*) as n_records
  from "postgres"."analytics"."a"
  group by id
) all_values
where value_field not in (1, 2)
