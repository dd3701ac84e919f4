{{ config(materialized='table', grants={'select': ['conf_reader', 'conf_writer']}) }} select * from {{ ref('v') }}
