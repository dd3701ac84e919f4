create unique index if not exists "bcda62d92ebf41e878f6e86e05ff783a"
on "shop"."marts"."daily" using btree (device_id, lower(name))
