"""The children and youths, and the guardians who answer for them."""
