select '{{ pkg.pick(1) }}' as a, '{{ pkg.kept() }}' as b, {{ dbt.current_timestamp() }} as c, '{{ own() }}' as d
