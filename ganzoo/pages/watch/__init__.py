"""The page of `ganzoo watch`: trainings as they go, in the browser."""
