{% do exceptions.warn('careful') %}{% do log('said', info=true) %}{{ print('printed') }}select 1 as x
