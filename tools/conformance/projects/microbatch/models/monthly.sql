{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', batch_size='month', begin='2023-12-01') }}
select id, at, v from {{ ref('daily') }} where id > 3
