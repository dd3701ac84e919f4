{{ config(tags=['nightly'], materialized='table', meta={'owner': 'me'}) }} select * from {{ ref('a') }}
