{% if execute %}{{ exceptions.raise_compiler_error('stop here') }}{% endif %}select 1 as x
