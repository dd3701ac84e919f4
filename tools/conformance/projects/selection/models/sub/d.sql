{{ config(tags='nightly') }} select * from {{ ref('c') }}
