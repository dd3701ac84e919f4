select broken
