"""How strategy behaves, in the words of the house."""
