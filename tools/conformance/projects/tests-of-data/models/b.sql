select 1 as a_id union all select 9
