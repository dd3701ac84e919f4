select '{{ mine() }}' as m from {{ ref('a') }} join {{ ref('d') }} on true
