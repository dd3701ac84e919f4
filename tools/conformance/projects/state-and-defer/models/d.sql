select {{ m() }} as x
