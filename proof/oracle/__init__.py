"""What the demo must come to, worked out from the data files alone. Nothing here imports anything of Lianpu."""
