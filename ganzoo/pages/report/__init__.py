"""The page of `ganzoo report`: one HTML file about runs, which needs no network."""
