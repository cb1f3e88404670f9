"""The product that learners build: five functions, a page, and the stack of layers under them."""
