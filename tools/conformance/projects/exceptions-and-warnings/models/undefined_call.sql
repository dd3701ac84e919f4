{% if execute %}{{ [][3] + 1 }}{% endif %}select 1 as x
