{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', batch_size='hour', begin='2024-01-04T20:00:00', pre_hook='select 1') }}
select id, at, v, {{ 1 if is_incremental() else 0 }} as inc from {{ ref('daily') }}
