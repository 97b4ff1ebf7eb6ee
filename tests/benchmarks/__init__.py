"""Speed, as ratios to bare libraries measured in the same run."""
