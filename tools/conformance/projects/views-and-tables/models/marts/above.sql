select t.*, a.price as other from {{ ref('totals') }} t join {{ ref('aliased') }} a using (id)
