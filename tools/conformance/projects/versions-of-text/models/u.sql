select (select x from {{ ref('m', v='va') if false else ref('m', v='a') }}) as a, (select x from {{ ref('m') }}) as latest
