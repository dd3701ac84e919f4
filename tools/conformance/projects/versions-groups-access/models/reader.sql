select a.v as latest, b.v as one, c.v as three from {{ ref('dim') }} a, {{ ref('dim', v=1) }} b, {{ ref('dim', version=3) }} c
