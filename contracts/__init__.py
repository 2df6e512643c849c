"""The language: everything that may be said, asked, heard and refused, one page per street."""
