-- Up Migration

set local role ovis_loader;

create table raw.daily_aggregates (
  device_id   text        not null,
  metric      text        not null,
  date        date        not null,
  shard       text        not null,
  customer_id text        not null,
  payload     jsonb       not null,
  observed_at timestamptz not null,
  run_id      uuid        not null,
  loaded_at   timestamptz not null default now(),
  constraint daily_aggregates_pkey primary key (device_id, metric, date),
  constraint daily_aggregates_metric_known check (metric in ('valveMovement', 'temperature', 'humidity', 'batteryVoltage', 'rssi')),
  constraint daily_aggregates_payload_is_object check (jsonb_typeof(payload) = 'object')
) partition by range (date);

create index daily_aggregates_date_idx on raw.daily_aggregates using brin (date) with (autosummarize = on);

comment on table raw.daily_aggregates is 'Aggregates of a metric over a UTC day: one row a device, metric and day. Days are asked for again while devices report late.';
comment on column raw.daily_aggregates.device_id is 'The backend''s identifier of the device.';
comment on column raw.daily_aggregates.metric is 'What was measured.';
comment on column raw.daily_aggregates.date is 'The UTC day that is aggregated.';
comment on column raw.daily_aggregates.shard is 'Host and port of the API shard that answered.';
comment on column raw.daily_aggregates.customer_id is 'The customer on whose behalf the row was asked for.';
comment on column raw.daily_aggregates.payload is 'The allowlisted part of DailyAggregate (ovis-api.yaml).';
comment on column raw.daily_aggregates.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.daily_aggregates.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.daily_aggregates.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

reset role;

alter table ops.materializations
  add column silent_devices     bigint,
  add column fallback_customers integer,
  add column fallback_seconds   double precision,
  add column fallbacks_by_class jsonb not null default '{}',
  add constraint materializations_fallbacks_is_object check (jsonb_typeof(fallbacks_by_class) = 'object');

comment on column ops.materializations.silent_devices is 'Answers that a device reported nothing on the day that was asked for.';
comment on column ops.materializations.fallback_customers is 'Customers for whom a faster way was refused.';
comment on column ops.materializations.fallback_seconds is 'Time that tasks spent on the slower way, summed over the tasks.';
comment on column ops.materializations.fallbacks_by_class is 'Error class of the refusal to number of refusals.';

-- Down Migration

alter table ops.materializations
  drop column silent_devices,
  drop column fallback_customers,
  drop column fallback_seconds,
  drop column fallbacks_by_class;

-- Staging views read this table and can be rebuilt.
drop table raw.daily_aggregates cascade;
