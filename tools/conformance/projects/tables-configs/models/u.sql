{{ config(materialized='table', unlogged=true, indexes=[{'columns': ['a'], 'unique': true}, {'columns': ['a', 'b']}, {'columns': ['b'], 'type': 'hash'}, {'columns': ['g'], 'type': 'gin'}]) }}
select 1 as a, 'x' as b, array[1] as g
