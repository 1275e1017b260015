"""What happens on the day: sessions, sign-ups, the waiting list, check-in, reviews."""
