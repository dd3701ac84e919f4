{{ config(materialized='counted', post_hook='update {{ this }} set runs = runs + 10') }}
select 1
