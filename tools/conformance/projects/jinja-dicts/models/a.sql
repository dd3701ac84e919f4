select
  $q${%- set d = {'b': 1, 'a': 2} -%}{{ d }} {{ d.keys() | list }} {{ d.values() | list }} {{ d.items() | list }}$q$ as c01,
  $q${%- set d = {'b': 1} -%}{%- do d.update({'a': 2, 'b': 3}) -%}{{ d }}{%- do d.update(c=4) -%}{{ d }}$q$ as c02,
  $q${{ {'a': 1}.get('a') }} {{ {'a': 1}.get('z') }} {{ {'a': 1}.get('z', 0) }}$q$ as c03,
  $q${%- set d = {'a': 1, 'b': 2} -%}{{ d.pop('a') }} {{ d.pop('z', 'none') }} {{ d }}$q$ as c04,
  $q${%- set d = {} -%}{{ d.setdefault('k', []) }}{%- do d.k.append(1) -%}{{ d.setdefault('k', 'x') }}$q$ as c05,
  $q${{ 'a' in {'a': 1} }} {{ 1 in {'a': 1} }} {{ {'a': 1} | length }} {{ {'a': 1} == {'a': 1.0} }}$q$ as c06,
  $q${% for k, v in {'x': 1, 'y': 2}.items() %}{{ k }}{{ v }}{{ ',' if not loop.last }}{% endfor %}$q$ as c07,
  $q${% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}$q$ as c08,
  $q${{ {'b': 1, 'a': 3, 'C': 2} | dictsort }} {{ {'b': 1, 'a': 3} | dictsort(by='value') }} {{ {'b': 1, 'C': 2} | dictsort(true) }} {{ {'b': 1, 'a': 3} | dictsort(reverse=true) }}$q$ as c09,
  $q${{ dict(a=1, b='x') }} {{ {1: 'i', 'k': {'n': [1]}}['k']['n'][0] }} {{ {1: 'i'}[1] }} {{ {(1, 2): 't'}[(1, 2)] }}$q$ as c10,
  $q${{ {'a': 1}.items() | map('first') | list }} {{ {'a': none}.a is none }} {{ {'a': 1}.b is defined }}$q$ as c11,
  $q${%- set d = {'a': 1} -%}{%- set e = d.copy() -%}{%- do e.update({'a': 2}) -%}{{ d.a }}{{ e.a }}$q$ as c12,
  $q${{ {'items': 1}['items'] }} {{ {'x-y': 2}['x-y'] }} {{ {'a': {'b': 5}}.a.b }}$q$ as c13
