"""The demo city: invented people and organisations in a real district, built only through the domain functions."""
