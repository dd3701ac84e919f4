select $q${{ toyaml({'a': 'yes', 'b': 'no', 'c': 'on', 'y': 'n', 'd': '2024-01-01', 'e': '12', 'f': '1.5', 'g': 'null', 'h': '~', 'i': 'text', 'j': True, 'k': none, 'l': [1, 2.5, 'x'], 'm': {'n': 'true'}, 'o': '', 'p': [], 'q': {}, 'r': 'it: is', 's': "it's"}) }}$q$ as t,
  $q${{ toyaml(['Off', 'x', {'z': 1, 'a': 2}], sort_keys=true) }}$q$ as u
