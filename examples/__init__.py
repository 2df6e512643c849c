"""What others may copy: programs that use Folkmoot from outside."""
