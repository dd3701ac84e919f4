{% set t = modules.datetime.datetime(2024, 1, 2, 3, 4, 5, 600).time() %}
{% set u = modules.datetime.time(13, 30) %}
select '{{ t }}' as t, '{{ u }}' as u, '{{ t < u }}' as less, '{{ u.hour }}' as h, '{{ u.minute }}' as mi, '{{ t.microsecond }}' as us, '{{ u.isoformat() }}' as iso, '{{ u.strftime("%H-%M") }}' as f, '{{ u.replace(minute=1) }}' as r, '{{ modules.datetime.datetime.combine(modules.datetime.date(2024, 5, 6), u) }}' as c, $q${{ [u, t] }}$q$ as l, '{{ modules.datetime.datetime.combine(modules.datetime.date(2024, 5, 6), modules.datetime.time()) }}' as z
