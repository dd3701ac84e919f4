select child.from_field
from (
  select id as from_field
  from "postgres"."analytics"."a"
  where id is not null
) child
left join (
  select code as to_field
  from "postgres"."analytics"."c"
) parent on child.from_field = parent.to_field
where parent.to_field is null
