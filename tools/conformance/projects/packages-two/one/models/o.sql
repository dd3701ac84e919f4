select * from {{ ref('one', 'same_file') }}
