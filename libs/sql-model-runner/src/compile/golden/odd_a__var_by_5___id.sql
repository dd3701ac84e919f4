select id from "postgres"."analytics"."a" where id % 5 = 1
