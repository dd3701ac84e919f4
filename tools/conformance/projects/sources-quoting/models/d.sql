select $q${{ source('s', 'odd').identifier }} {{ source('s', 'odd').schema }} {{ source('s', 'plain').database }}$q$ as t
