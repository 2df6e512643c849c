"""The house rules: pure screening of texts, shared by every street."""
