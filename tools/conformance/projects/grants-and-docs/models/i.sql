{{ config(materialized='incremental', unique_key='id', grants={'+select': 'conf_writer', 'insert': 'conf_writer'}) }} select * from {{ ref('v') }}
