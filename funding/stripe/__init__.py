"""The second rail of payments. All of it speaks through ``funding/gateway.py``, and nothing here runs without a key."""
