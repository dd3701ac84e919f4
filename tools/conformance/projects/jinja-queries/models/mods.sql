{%- set dt = modules.datetime.datetime(2024, 2, 29, 13, 5, 7) -%}
{%- set d2 = dt + modules.datetime.timedelta(days=1, hours=2) -%}
{%- set tz = modules.pytz.timezone('America/New_York') -%}
select '{{ dt.strftime('%Y-%m-%d %H:%M:%S %j %a %b') }}' as a, '{{ d2 }}' as b, '{{ (d2 - dt).days }}' as c, '{{ (d2 - dt).total_seconds() }}' as d, '{{ modules.datetime.datetime.strptime('01/02/2023', '%d/%m/%Y').date() }}' as e,
'{{ modules.re.sub('[^a-z]+', '_', 'ab  cd!e') }}' as f, '{{ modules.re.match('(\\w+)-(\\d+)', 'abc-12').group(2) }}' as g, '{{ modules.re.findall('\\d', 'a1b2') }}' as h, '{% for p in modules.itertools.product([1,2],['x','y']) %}{{ p[0] }}{{ p[1] }} {% endfor %}' as i,
'{{ tz.localize(dt).isoformat() }}' as j, '{{ dt.isoformat() }}' as k, '{{ dt.weekday() }}' as l, '{{ dt < d2 }}' as m, '{{ tojson({'b': [1, 2.5, none, true]}) }}' as n, '{{ fromjson('{"x": [1]}')['x'][0] }}' as o, '{{ toyaml({'a': [1, 'b']}) | replace('\n', '|') }}' as p, '{{ fromyaml('a: [1, 2]')['a'] }}' as q, '{{ local_md5('x') }}' as r, '{{ zip([1,2],['a','b']) | list | length }}' as s, '{{ set([1,1,2]) | length }}' as t, '{{ dt.date().isoformat() }}' as u
