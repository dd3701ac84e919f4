select {{ tells() }} as who, 'x'::{{ typed() }} as t, {{ bare() }} as bare, {{ named() }} as named
