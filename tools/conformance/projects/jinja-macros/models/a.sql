select
  $q${{ m1(1) }} {{ m1(1, 2) }} {{ m1(b=5, a=4) }}$q$ as c01,
  $q${{ va(1, 2, 3, k=4) }}$q$ as c02,
  $q${% call wrap('p') %}inner{% endcall %}$q$ as c03,
  $q${% call(x, y=2) each([1, 3]) %}<{{ x }}{{ y }}>{% endcall %}$q$ as c04,
  $q${{ fact(10) }} {{ ret().a[1] }} {{ early(3) }} {{ early(-3) }}$q$ as c05,
  $q${{ defaults() }} {{ defaults(2) }}$q$ as c06,
  $q${{ none_returned() is none }} {{ nothing() }}|$q$ as c07,
  $q${% set f = m1 %}{{ f('via') }}$q$ as c08,
  $q${{ apply(m1, 3) }}$q$ as c09,
  $q${{ jinja_macros.m1(8) }} {{ context['m1'](9) }}$q$ as c10,
  $q${{ looped([1, 2, 3, 4]) }}$q$ as c11
