select '{{ var('p') }}' as p, '{{ var('q') }}' as q, '{{ var('none', 'd') }}' as n, '{{ var('l')[1] }}' as l, '{{ var('d').k }}' as d, {{ var('num') + 1 }} as num, '{{ var('nul') is none }}' as nul
