select '{{ var('p') }}' as p, '{{ var('own') }}' as own, '{{ var('q') }}' as q
