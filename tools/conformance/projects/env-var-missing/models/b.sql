select '{{ env_var('NOT_THERE') }}' as x
