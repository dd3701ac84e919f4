{% set t = ['x'] %}select {{ t | join }} from {{ ref('a') }}
