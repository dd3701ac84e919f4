{{ union_of(['a', 'b']) }}
