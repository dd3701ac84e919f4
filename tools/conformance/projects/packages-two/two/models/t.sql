select '{{ one.hello() }}' as h, '{{ two.shared() }}' as s, {{ var('z', 3) }} as z from {{ ref('os') }}
