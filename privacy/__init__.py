"""What is kept of people: the register, who looked, one's own data, erasure, retention."""
