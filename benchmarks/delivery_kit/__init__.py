"""What ``benchmarks/delivery.py`` works with: a platform on loopback, offices of deliveries, and their drainage."""
