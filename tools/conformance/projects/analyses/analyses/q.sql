select count(*) from {{ ref('a') }} -- {{ this }} {{ model.resource_type }}
