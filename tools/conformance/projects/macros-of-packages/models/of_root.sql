select {{ lib.tells() }} as who, {{ lib.who() }} as named_who, 'x'::{{ lib.typed() }} as t, {{ lib.bare() }} as bare, {{ lib.named() }} as named, {{ dbt.length("'abc'") }} as n
