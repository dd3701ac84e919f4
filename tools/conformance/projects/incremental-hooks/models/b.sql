{{ config(materialized='table', sql_header='create or replace function pg_temp.seven() returns int language sql as $f$ select 7 $f$;') }}
select pg_temp.seven() as x
