-- Up Migration

-- The loader owns the raw tables and the queue already; it keeps the books of ops.
grant select, insert, update, delete on all tables in schema ops to ovis_loader;
revoke update, delete on ops.touched_days from ovis_loader;
grant execute on function ops.ensure_run_events_month(timestamptz) to ovis_loader;

-- Programs check at their start that the database is migrated.
grant usage on schema migrations to ovis_loader, ovis_modeler;
grant select on migrations.applied to ovis_loader, ovis_modeler;

grant select on all tables in schema raw to ovis_modeler;
grant select on ops.touched_days to ovis_modeler;

-- What is made later: month partitions by the loader, models by the modeler, or either by the login that migrates.
alter default privileges for role ovis_loader in schema raw grant select on tables to ovis_modeler;
alter default privileges in schema raw grant select on tables to ovis_modeler;
alter default privileges in schema raw grant select, insert, update, delete on tables to ovis_loader;
alter default privileges in schema staging, marts, seeds grant all on tables to ovis_modeler;
alter default privileges for role ovis_modeler in schema marts grant select on tables to ovis_reader;
alter default privileges in schema marts grant select on tables to ovis_reader;

-- Down Migration

alter default privileges in schema marts revoke select on tables from ovis_reader;
alter default privileges for role ovis_modeler in schema marts revoke select on tables from ovis_reader;
alter default privileges in schema staging, marts, seeds revoke all on tables from ovis_modeler;
alter default privileges in schema raw revoke select, insert, update, delete on tables from ovis_loader;
alter default privileges in schema raw revoke select on tables from ovis_modeler;
alter default privileges for role ovis_loader in schema raw revoke select on tables from ovis_modeler;

revoke select on ops.touched_days from ovis_modeler;
revoke select on all tables in schema raw from ovis_modeler;

revoke execute on function ops.ensure_run_events_month(timestamptz) from ovis_loader;
revoke select, insert, update, delete on all tables in schema ops from ovis_loader;

revoke select on migrations.applied from ovis_loader, ovis_modeler;
revoke usage on schema migrations from ovis_loader, ovis_modeler;
