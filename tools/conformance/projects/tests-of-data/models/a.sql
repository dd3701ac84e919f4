select * from (values (1,'x',5),(2,'y',null),(2,'z',7),(null,'x',9)) t(id, code, n)
