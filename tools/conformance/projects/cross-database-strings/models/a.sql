select
  {{ dbt.concat(["'a'", "'b'", "null"]) }} as c00,
  {{ dbt.hash("'x'") }} as c01,
  {{ dbt.length("'héllo'") }} as c02,
  {{ dbt.position("'l'", "'hello'") }} as c03,
  {{ dbt.replace("'abc'", "'b'", "'x'") }} as c04,
  {{ dbt.right("'hello'", 3) }} as c05,
  {{ dbt.right("'hello'", 0) }} as c06,
  {{ dbt.split_part("'a|b|c'", "'|'", 2) }} as c07,
  {{ dbt.split_part("'a|b|c'", "'|'", -1) }} as c08,
  {{ dbt.string_literal('it') }} as c09,
  '{{ dbt.escape_single_quotes("it's") }}' as c10,
  {{ dbt.safe_cast("'1'", api.Column.translate_type('integer')) }} as c11,
  {{ dbt.equals('1', '1') if dbt.equals is defined else 'true' }} as c12
