-- Up Migration

-- The loader owns these tables: only an owner may attach the month partitions that it makes.
set local role ovis_loader;

create table raw.device_last_updates (
  device_id   text        not null,
  queried_at  timestamptz not null,
  shard       text        not null,
  customer_id text        not null,
  payload     jsonb       not null,
  observed_at timestamptz not null,
  run_id      uuid        not null,
  loaded_at   timestamptz not null default now(),
  constraint device_last_updates_pkey primary key (device_id, queried_at),
  constraint device_last_updates_payload_is_object check (jsonb_typeof(payload) = 'object')
) partition by range (queried_at);

-- Rows arrive almost in the order of queried_at, so block ranges find the rows of a day at a thousandth of a btree's size.
create index device_last_updates_queried_at_idx on raw.device_last_updates using brin (queried_at) with (autosummarize = on);

comment on table raw.device_last_updates is 'The last update that the backend held for each device when a run asked: one row a device and run.';
comment on column raw.device_last_updates.device_id is 'The backend''s identifier of the device.';
comment on column raw.device_last_updates.queried_at is 'Logical time of the run that asked (its scheduledFor), not the wall clock.';
comment on column raw.device_last_updates.shard is 'Host and port of the API shard that answered.';
comment on column raw.device_last_updates.customer_id is 'The customer whose listing the row was taken from.';
comment on column raw.device_last_updates.payload is 'The allowlisted part of DeviceState (ovis-api.yaml).';
comment on column raw.device_last_updates.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.device_last_updates.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.device_last_updates.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

create table raw.thermostat_hierarchy (
  customer_id text        not null,
  node_id     text        not null,
  queried_at  timestamptz not null,
  shard       text        not null,
  payload     jsonb       not null,
  observed_at timestamptz not null,
  run_id      uuid        not null,
  loaded_at   timestamptz not null default now(),
  constraint thermostat_hierarchy_pkey primary key (customer_id, node_id, queried_at),
  constraint thermostat_hierarchy_payload_is_object check (jsonb_typeof(payload) = 'object')
) partition by range (queried_at);

create index thermostat_hierarchy_queried_at_idx on raw.thermostat_hierarchy using brin (queried_at) with (autosummarize = on);

comment on table raw.thermostat_hierarchy is 'Buildings, floors, rooms and thermostats of each customer when a run asked: one row a node and run.';
comment on column raw.thermostat_hierarchy.customer_id is 'The customer whose hierarchy was asked for.';
comment on column raw.thermostat_hierarchy.node_id is 'The backend''s identifier of the node, unique within its customer.';
comment on column raw.thermostat_hierarchy.queried_at is 'Logical time of the run that asked (its scheduledFor), not the wall clock.';
comment on column raw.thermostat_hierarchy.shard is 'Host and port of the API shard that answered.';
comment on column raw.thermostat_hierarchy.payload is 'The allowlisted part of HierarchyNode (ovis-api.yaml).';
comment on column raw.thermostat_hierarchy.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.thermostat_hierarchy.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.thermostat_hierarchy.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

reset role;

-- Down Migration

-- Staging views read these tables and can be rebuilt.
drop table raw.thermostat_hierarchy, raw.device_last_updates cascade;
