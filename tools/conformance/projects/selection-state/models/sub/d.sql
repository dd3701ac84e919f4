{{ config(meta={'owner': 'me', 'n': 1}) }}
select * from {{ ref('c') }} union all select * from {{ ref('s') }}
