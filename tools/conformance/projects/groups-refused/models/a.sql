{{ config(group='g', access='private') }} select 1 as x
