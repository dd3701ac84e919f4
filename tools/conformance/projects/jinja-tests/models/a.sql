select
  $q${{ 4 is even }} {{ 4 is odd }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(4) }}$q$ as c01,
  $q${{ x is defined }} {{ x is undefined }} {{ none is none }} {{ 1 is not none }}$q$ as c02,
  $q${{ 1 is number }} {{ 1.5 is float }} {{ 1 is integer }} {{ true is boolean }} {{ true is number }} {{ true is integer }}$q$ as c03,
  $q${{ 'a' is string }} {{ [] is sequence }} {{ {} is sequence }} {{ {} is mapping }} {{ () is iterable }} {{ 5 is iterable }}$q$ as c04,
  $q${{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is sameas 1 }} {{ true is true }} {{ 1 is true }} {{ false is false }}$q$ as c05,
  $q${{ 1 is eq 1 }} {{ 1 is ne 2 }} {{ 2 is gt 1 }} {{ 2 is ge 2 }} {{ 1 is lt 2 }} {{ 1 is le 0 }} {{ 1 is equalto 1 }} {{ 1 is greaterthan 0 }}$q$ as c06,
  $q${{ 1 is in [1, 2] }} {{ 3 is in [1, 2] }} {{ 3 is not in [1] }}$q$ as c07,
  $q${{ range is callable }} {{ 'upper' is filter }} {{ 'nope' is filter }} {{ 'even' is test }}$q$ as c08,
  $q${{ 1 is odd and 2 is even or false }} {{ not 1 is odd }}$q$ as c09
