select
  $q${{ nope | default('d') }}|{{ nope is defined }}|{% if nope %}y{% else %}n{% endif %}$q$ as c01,
  $q${{ {'a': 1}.b }}|{{ {'a': 1}['b'] }}|{{ [1][5] if false }}|{{ none }}|{{ '' }}$q$ as c02,
  $q${{ 'y' if nope else 'n' }} {{ 'y' if [] else 'n' }} {{ 'y' if {} else 'n' }} {{ 'y' if '0' else 'n' }} {{ 'y' if none }}$q$ as c03,
  $q${{ 1 if true else 2 if false else 3 }} {{ not true or true }} {{ 1 in [1] and 'a' }}$q$ as c04,
  $q${{ 1 == '1' }} {{ none == false }} {{ [] == false }} {{ 'a' in {'a': 1} }}$q$ as c05,
  $q${{ 2 + 3 * 4 }} {{ (2 + 3) * 4 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 10 - 3 - 2 }} {{ not 1 == 2 }}$q$ as c06,
  $q${{ 'a' ~ 'b' * 2 }} {{ 'a' | upper ~ 'b' }} {{ -1 | abs }} {{ 'a' < 'b' and 1 < 2 }}$q$ as c07
