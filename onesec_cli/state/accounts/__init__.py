"""Connected accounts: who linked them, what removes them, and who may use them."""
