"""What the main job must come to, worked out from the data files alone; see README.md for the rule."""
