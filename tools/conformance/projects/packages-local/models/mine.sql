select *, '{{ helper.greet('me') }}' as said from {{ ref('numbers') }} cross join {{ ref('helper', 'codes') }}
