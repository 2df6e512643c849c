"""The counting rules against textbooks, other people's libraries and the laws they must keep."""
