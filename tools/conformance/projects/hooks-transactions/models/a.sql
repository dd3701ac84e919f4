{{ config(materialized='table', pre_hook=[{'sql': "{{ note('pre out') }}", 'transaction': False}, "{{ note('pre in') }}"], post_hook=[after_commit("{{ note('post out') }}"), in_transaction("{{ note('post in') }}")]) }}
select 1 as x
