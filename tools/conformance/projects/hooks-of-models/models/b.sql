{{ config(materialized='incremental', post_hook='{{ note("inc " ~ is_incremental()) }}') }} select count(*) as n from {{ ref('a') }}
