"""Pages of orders, by what people come for."""
