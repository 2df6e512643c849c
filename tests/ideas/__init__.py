"""Ask and involve: challenges and the ideas that answer them."""
