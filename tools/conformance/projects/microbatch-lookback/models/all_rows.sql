{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='month', begin='2024-01-01', unique_key='at') }}
select at, v from {{ ref('src').render() }}
