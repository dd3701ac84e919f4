select null::int as id
