select '{{ hello() }}' as h, '{{ one.calls() }}' as c
