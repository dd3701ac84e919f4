{{ config(materialized='table') }}
with y as (select * from {{ ref('e2') }}) select y.id, e.id as other from y cross join {{ ref('e1') }} e
