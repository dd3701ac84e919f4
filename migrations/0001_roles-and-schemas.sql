-- Up Migration

-- Roles belong to the whole cluster: other databases may have made them already, or be making them at this moment.
do $$
declare
  purposes constant jsonb := jsonb_build_object(
    'ovis_loader', 'writes raw and ops, owns the raw tables and the queue (it attaches their partitions)',
    'ovis_modeler', 'reads raw, writes staging, marts and seeds',
    'ovis_reader', 'reads marts only');
  role_name text;
begin
  for role_name in select jsonb_object_keys(purposes) loop
    begin
      if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
        execute format('create role %I nologin', role_name);
        execute format('comment on role %I is %L', role_name, purposes ->> role_name);
      end if;
    exception
      when duplicate_object or unique_violation then null;
    end;
    -- Whoever migrates hands objects over to these roles, so it has to be able to act as them.
    if not (pg_has_role(current_user, role_name, 'SET') and pg_has_role(current_user, role_name, 'USAGE')) then
      execute format('grant %I to current_user with inherit true, set true', role_name);
    end if;
  end loop;
end
$$;

create schema raw;
comment on schema raw is 'Bronze: what the sources said, as allowlisted JSON documents. Written by the raw loader only.';

create schema ops;
comment on schema ops is 'What was done: runs, steps, tasks, loaded intervals, touched days, drops, quarantine, events.';

create schema staging;
comment on schema staging is 'Silver: typed views and tables of the dbt project in models/. Everything here can be rebuilt.';

create schema marts;
comment on schema marts is 'Gold: what people and dashboards query. Everything here can be rebuilt.';

create schema seeds;
comment on schema seeds is 'Small tables loaded from the CSV files of the dbt project in models/.';

grant usage, create on schema raw to ovis_loader;
grant usage on schema ops to ovis_loader, ovis_modeler;
grant usage on schema raw to ovis_modeler;
grant usage, create on schema staging, marts, seeds to ovis_modeler;
grant usage on schema marts to ovis_reader;

-- Down Migration

-- Models are derived from raw and are no object of these migrations: they go with their schemas.
drop schema seeds, marts, staging cascade;
drop schema ops;
drop schema raw;

-- A role stays while another database grants it something or a login is a member of it.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['ovis_reader', 'ovis_modeler', 'ovis_loader'] loop
    if not exists (
      select from pg_catalog.pg_auth_members as membership
      where membership.roleid = role_name::regrole
        and membership.member <> (select oid from pg_catalog.pg_roles where rolname = current_user)
    ) then
      begin
        execute format('drop role %I', role_name);
      exception
        when dependent_objects_still_exist or insufficient_privilege or undefined_object then null;
      end;
    end if;
  end loop;
end
$$;
