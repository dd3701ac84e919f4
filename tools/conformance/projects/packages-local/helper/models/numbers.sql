select g as n, '{{ var('own') }}' as own, '{{ var('limit_to') }}' as l, '{{ helper.greet('x') }}' as g from generate_series(1, {{ var('limit_to') }}) g
