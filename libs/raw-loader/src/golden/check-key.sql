insert into "raw ""x"""."readings" ("device_id", "queried_at") select null, null where false on conflict ("device_id", "queried_at") do nothing
