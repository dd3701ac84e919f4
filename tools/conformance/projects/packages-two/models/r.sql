select '{{ one.hello() }}' as rh, '{{ one.calls() }}' as rc, * from {{ ref('two', 't') }}
