{{ config(materialized='table') }}
select a.id, b.old, c.next from {{ ref('dim') }} a join {{ ref('dim', v=1) }} b using (id) join {{ ref('dim', version=3) }} c using (id)
